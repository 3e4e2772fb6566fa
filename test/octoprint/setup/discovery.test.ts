import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Candidate, signs } from "../../../nodes/octoprint/setup/candidate.ts";
import { Discovery } from "../../../nodes/octoprint/setup/discovery.ts";
import { compileScheme, schemeDefaults } from "../../../nodes/octoprint/topics/scheme.ts";
import { readRecording, recordingNames } from "../../support/recordings.ts";

const now = Date.UTC(2026, 10, 22);
const seconds = now / 1000;

type Stored = readonly [topic: string, payload: string | object];

/** What is found in messages that the broker had stored. */
function find(...stored: readonly Stored[]): Candidate[] {
  const discovery = new Discovery();
  for (const [topic, payload] of stored) discovery.hear(message(topic, payload));
  return discovery.candidates();
}

function message(topic: string, payload: string | object, retain = true) {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return { topic, payload: Buffer.from(text), retain, at: now };
}

const printing = { location: "local", path: "benchy.gcode", progress: 42, _timestamp: seconds - 60 };
const warm = { actual: 210.1, target: 210, _timestamp: seconds - 5 };
const done = { name: "benchy.gcode", _event: "PrintDone", _timestamp: seconds - 30 };

describe("one message gives the base topic away", () => {
  const table: readonly (readonly [topic: string, payload: string | object, baseTopic: string, heard: string])[] = [
    ["octoprint/mqtt", "connected", "octoprint/", "connection"],
    ["octoPrint/mqtt", "disconnected", "octoPrint/", "connection"],
    ["home/office/p3steel/mqtt", "connected", "home/office/p3steel/", "connection"],
    ["/octoprint/mqtt", "connected", "/octoprint/", "connection"],
    ["octoLasermqtt", "connected", "octoLaser", "connection"],
    ["shop/progress/printing", printing, "shop/", "progress"],
    ["octoLaserprogress/printing", printing, "octoLaser", "progress"],
    ["shop/temperature/tool0", warm, "shop/", "temperature"],
    ["shop/temperature/my sensor/left", warm, "shop/", "temperature"],
    ["octoLasertemperature/bed", warm, "octoLaser", "temperature"],
    ["shop/event/PrintDone", done, "shop/", "event"],
    ["octoLaserevent/PrintDone", done, "octoLaser", "event"],
    ["event/event/PrintDone", done, "event/", "event"],
    ["shop/event/a/b", { _event: "a/b" }, "shop/", "event"],
    ["mqtt", "connected", "", "connection"],
  ];
  for (const [topic, payload, baseTopic, heard] of table) {
    it(topic, () => {
      const found = find([topic, payload]);
      assert.deepEqual(
        found.map((candidate) => [candidate.baseTopic, candidate.heard]),
        [[baseTopic, [heard]]],
      );
    });
  }
});

describe("what others publish is no printer", () => {
  const table: readonly Stored[] = [
    ["zigbee2mqtt/bridge/state", "online"],
    ["zigbee2mqtt/mqtt", "online"],
    ["shop/mqtt", ""],
    ["garden/temperature/pond", "12.5"],
    ["garden/temperature/pond", { temperature: 12.5 }],
    ["calendar/event/Birthday", { title: "Birthday" }],
    ["calendar/event/Birthday", { _event: "Other" }],
    ["download/progress/printing", "42"],
    ["download/progress/printing", { progress: 42 }],
    ["homeassistant/sensor/esp/config", { "~": "esphome/kitchen", stat_t: "~/sensor/state" }],
    ["homeassistant/sensor/esp/config", "{"],
    // The plugin cannot publish below such a base topic: it fills every brace.
    ["shop/{x}/mqtt", "connected"],
  ];
  for (const [topic, payload] of table) {
    it(`${topic} ${JSON.stringify(payload)}`, () => assert.deepEqual(find([topic, payload]), []));
  }
});

it("all that was heard of one printer is one candidate", () => {
  assert.deepEqual(
    find(
      ["shop/mqtt", "connected"],
      ["shop/progress/printing", printing],
      ["shop/temperature/tool0", warm],
      ["shop/temperature/bed", warm],
    ),
    [
      {
        baseTopic: "shop/",
        heard: ["connection", "progress", "temperature"],
        status: "connected",
        job: { path: "benchy.gcode", progress: 42 },
        temperatures: ["bed", "tool0"],
        printers: [],
        live: false,
        lastHeard: now - 5000,
      },
    ],
  );
});

it("the HomeAssistant plugin names the base topic in its discovery messages", () => {
  const config = {
    "~": "octoPrint/",
    avty_t: "~mqtt",
    stat_t: "~hass/Connected",
    dev: { ids: "66FFEC", name: "Prusa <b>MK4</b>" },
  };
  const [found] = find(["homeassistant/binary_sensor/66FFEC_CONNECTED/config", config]);
  assert.equal(found?.baseTopic, "octoPrint/");
  assert.deepEqual(found.heard, ["homeassistant"]);
  assert.equal(found.name, "Prusa <b>MK4</b>");
  const elsewhere = find(["ha/sensor/66FFEC_PRINTING/config", { "~": "shop/", stat_t: "~hass/printing" }]);
  assert.equal(elsewhere[0]?.baseTopic, "shop/");
});

describe("when it was heard", () => {
  it("stored without a time: nobody knows", () => {
    assert.equal(find(["shop/mqtt", "connected"])[0]?.lastHeard, undefined);
  });
  it("stored with a time in the future: now, at the latest", () => {
    assert.equal(find(["shop/temperature/bed", { ...warm, _timestamp: seconds + 9999 }])[0]?.lastHeard, now);
  });
  it("live: now", () => {
    const discovery = new Discovery();
    discovery.hear(message("shop/mqtt", "connected", false));
    const [found] = discovery.candidates();
    assert.equal(found?.live, true);
    assert.equal(found.lastHeard, now);
  });
});

describe("several printers below one topic are a farm too", () => {
  const baseTopics = (...topics: string[]) =>
    find(...topics.map((topic): Stored => [`${topic}mqtt`, "connected"])).map(({ baseTopic }) => baseTopic);

  it("which comes first", () => {
    assert.deepEqual(baseTopics("farm/mini/", "farm/mk4/"), ["farm/{printer}/", "farm/mini/", "farm/mk4/"]);
  });
  it("also with the printer's name in another level", () => {
    assert.deepEqual(baseTopics("mini/octo/", "mk4/octo/")[0], "{printer}/octo/");
  });
  it("with the names of its printers", () => {
    const [farm] = find(["farm/mini/mqtt", "connected"], ["farm/mk4/mqtt", "disconnected"]);
    assert.deepEqual(farm?.printers, ["mini", "mk4"]);
    assert.equal(farm.status, undefined);
  });
  it("not octoprint/ and octoPrint/, which are one printer before and after an update", () => {
    assert.deepEqual(baseTopics("octoprint/", "octoPrint/"), ["octoPrint/", "octoprint/"]);
    assert.deepEqual(baseTopics("octoprint/mk4/", "octoPrint/mk4/"), ["octoPrint/mk4/", "octoprint/mk4/"]);
  });
  it("not where nothing but the printers' names is in the topics", () => {
    assert.deepEqual(baseTopics("mini/", "mk4/"), ["mini/", "mk4/"]);
  });
});

describe("recordings", () => {
  for (const name of recordingNames()) {
    it(name, () => {
      const { messages, scheme } = readRecording(name);
      const { baseTopic = "", ...changed } = scheme;
      const discovery = new Discovery();
      for (const { topic, payload, retain, t } of messages) {
        discovery.hear({ topic, payload, retain, at: now + t });
      }
      const usual = Object.entries(changed).every(([field, text]) =>
        Object.entries(schemeDefaults).some(([of, is]) => of === field && is === text),
      );
      const found = discovery.candidates().map((candidate) => candidate.baseTopic);
      if (usual) assert.equal(found[0], baseTopic);
    });
  }
});

describe("whatever is on the broker", () => {
  const topic = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc
      .tuple(fc.string(), fc.constantFrom("mqtt", "event/A", "progress/printing", "temperature/x", "/config"))
      .map((parts) => parts.join("")),
  );
  const payload = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .constantFrom(
        "connected",
        '{"_event":"A"}',
        '{"actual":1,"target":null}',
        '{"~":"x/","avty_t":"~mqtt","toString":1}',
      )
      .map((text) => Buffer.from(text)),
    fc.constant(Buffer.from("[".repeat(100_000))),
  );
  const anything = fc.record({ topic, payload, retain: fc.boolean(), at: fc.constant(now) });

  it("it never throws, and offers only what the form takes", () => {
    fc.assert(
      fc.property(fc.array(anything), (messages) => {
        const discovery = new Discovery();
        for (const one of messages) discovery.hear(one);
        for (const { baseTopic, heard } of discovery.candidates()) {
          assert.ok(compileScheme({ ...schemeDefaults, baseTopic }).ok, baseTopic);
          assert.ok(heard.length > 0 && heard.every((sign) => signs.includes(sign)));
        }
      }),
    );
  });

  it("a flood of base topics is cut off, and says so", () => {
    const discovery = new Discovery();
    for (let index = 0; index < 10_000; index++) discovery.hear(message(`p${index}/mqtt`, "connected"));
    assert.equal(discovery.full, true);
    assert.equal(discovery.candidates().length, 100);
  });

  it("names are kept in number and length", () => {
    const discovery = new Discovery();
    const long = "x".repeat(900);
    for (let index = 0; index < 1000; index++) {
      discovery.hear(message(`shop/temperature/${index}${long}`, warm));
      discovery.hear(message("shop/progress/printing", { ...printing, path: long.repeat(100) }));
    }
    assert.ok(JSON.stringify(discovery.candidates()).length < 5_000);
  });
});
