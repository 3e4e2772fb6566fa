import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Kind } from "../../../nodes/octoprint/topics/kinds.ts";
import {
  type Channel,
  otherDefaultBaseTopic,
  printerNameOf,
  type SchemeSettings,
  schemeDefaults,
} from "../../../nodes/octoprint/topics/scheme.ts";
import { schemeWith } from "../tracking/make.ts";

/** A topic, and the kind, the name and the `{printer}` that it stands for. */
type Row = readonly [topic: string, kind: Kind, name: string, printer?: string];

interface Table {
  readonly title: string;
  readonly settings: Partial<SchemeSettings>;
  readonly topics: readonly Row[];
  readonly foreign: readonly string[];
}

const farm = "farm/{printer}/";
const changedTemplates = {
  baseTopic: "octoLaser",
  eventTopic: "e/{event}/fired",
  progressTopic: "p/{progress}",
  temperatureTopic: "{temp}/temperature",
  metadataTopic: "meta/{key}",
  lwTopic: "/status",
};

const tables: readonly Table[] = [
  {
    title: "the defaults",
    settings: {},
    topics: [
      ["octoprint/event/PrintDone", "event", "PrintDone"],
      ["octoprint/event/plugin_psucontrol_psu_state_changed", "event", "plugin_psucontrol_psu_state_changed"],
      ["octoprint/event/plugin with space", "event", "plugin with space"],
      ["octoprint/event/plugin/with/levels", "event", "plugin/with/levels"],
      ["octoprint/event//", "event", "/"],
      ["octoprint/event/{event}", "event", "{event}"],
      ["octoprint/event/Größe 😀", "event", "Größe 😀"],
      ["octoprint/progress/printing", "progress", "printing"],
      ["octoprint/progress/slicing", "progress", "slicing"],
      ["octoprint/temperature/tool0", "temperature", "tool0"],
      ["octoprint/temperature/bed", "temperature", "bed"],
      ["octoprint/temperature/chamber", "temperature", "chamber"],
      ["octoprint/temperature/soc", "temperature", "soc"],
      ["octoprint/temperature/My Sensor_1", "temperature", "My Sensor_1"],
      ["octoprint/temperature/tool0/actual", "temperature", "tool0/actual"],
      ["octoprint/metadata/layer_height", "metadata", "layer_height"],
      ["octoprint/metadata/slicer_settings.material_type", "metadata", "slicer_settings.material_type"],
      ["octoprint/metadata/external perimeters/width", "metadata", "external perimeters/width"],
      ["octoprint/mqtt", "connection", ""],
      ["octoprint/hass/printing", "other", "hass/printing"],
      ["octoprint/hass/Connected", "other", "hass/Connected"],
      ["octoprint/hass/is_printing", "other", "hass/is_printing"],
      ["octoprint/hassControl/commands", "other", "hassControl/commands"],
      ["octoprint/camera", "other", "camera"],
      ["octoprint/plugin/mqtt_test/pub", "other", "plugin/mqtt_test/pub"],
      ["octoprint/plugin/mqttpublish/pub", "other", "plugin/mqttpublish/pub"],
      ["octoprint/plugins/mqttsubscribe/debug", "other", "plugins/mqttsubscribe/debug"],
      ["octoprint/plugin/mqtt_control/connect", "other", "plugin/mqtt_control/connect"],
      // What a name is needed for has none here.
      ["octoprint/event/", "other", "event/"],
      ["octoprint/event", "other", "event"],
      ["octoprint/mqtt/", "other", "mqtt/"],
      ["octoprint/MQTT", "other", "MQTT"],
      ["octoprint/Event/PrintDone", "other", "Event/PrintDone"],
    ],
    foreign: [
      "octoPrint/mqtt",
      "octoPrint/event/PrintDone",
      "octoprint/",
      "octoprint",
      "/octoprint/mqtt",
      "my/octoprint/mqtt",
      "homeassistant/binary_sensor/66FFEC_CONNECTED/config",
      "printer/nozzlePLA",
      "printerA3/bedtemp",
    ],
  },
  {
    title: "octoPrint/, the plugin's own default since 0.8.4",
    settings: { baseTopic: "octoPrint/" },
    topics: [
      ["octoPrint/event/FirmwareData", "event", "FirmwareData"],
      ["octoPrint/mqtt", "connection", ""],
    ],
    foreign: ["octoprint/mqtt"],
  },
  {
    title: "a base topic of several levels",
    settings: { baseTopic: "3d-printer/OctoPrint/" },
    topics: [
      ["3d-printer/OctoPrint/temperature/bed", "temperature", "bed"],
      ["3d-printer/OctoPrint/mqtt", "connection", ""],
    ],
    foreign: ["3d-printer/mqtt"],
  },
  {
    title: "a leading slash",
    settings: { baseTopic: "/octoprint/" },
    topics: [
      ["/octoprint/event/PrintDone", "event", "PrintDone"],
      ["/octoprint/camera", "other", "camera"],
    ],
    foreign: ["octoprint/event/PrintDone"],
  },
  {
    title: "a base topic without a slash at its end: none is put in",
    settings: { baseTopic: "octoLaser" },
    topics: [
      ["octoLaserevent/PrintDone", "event", "PrintDone"],
      ["octoLaserprogress/printing", "progress", "printing"],
      ["octoLasertemperature/tool0", "temperature", "tool0"],
      ["octoLasermetadata/layer_height", "metadata", "layer_height"],
      ["octoLasermqtt", "connection", ""],
    ],
    foreign: ["octoLaser/event/PrintDone", "octoLaser/mqtt", "octoLaserhass/printing"],
  },
  {
    title: "changed templates",
    settings: changedTemplates,
    topics: [
      ["octoLasere/PrintDone/fired", "event", "PrintDone"],
      ["octoLasere/plugin/with/levels/fired", "event", "plugin/with/levels"],
      ["octoLasere/fired/fired", "event", "fired"],
      ["octoLaserp/printing", "progress", "printing"],
      ["octoLasertool0/temperature", "temperature", "tool0"],
      ["octoLasermeta/layer.height", "metadata", "layer.height"],
      ["octoLaser/status", "connection", ""],
    ],
    foreign: ["octoLasere/PrintDone", "octoLasere//fired", "octoLaser/temperature", "octoLaserp/foo", "octoLaser"],
  },
  {
    title: "a placeholder in the middle and text beside it",
    settings: { eventTopic: "foo/{event}/bar", temperatureTopic: "temp-{temp}-celsius" },
    topics: [
      ["octoprint/foo/PrintDone/bar", "event", "PrintDone"],
      ["octoprint/foo/a/b/bar", "event", "a/b"],
      ["octoprint/temp-tool0-celsius", "temperature", "tool0"],
      ["octoprint/foo/PrintDone", "other", "foo/PrintDone"],
      ["octoprint/temp--celsius", "other", "temp--celsius"],
    ],
    foreign: [],
  },
  {
    title: "no status topic",
    settings: { lwTopic: "" },
    topics: [["octoprint/mqtt", "other", "mqtt"]],
    foreign: ["octoprint/"],
  },
  {
    title: "a farm",
    settings: { baseTopic: farm },
    topics: [
      ["farm/mk3/event/PrintDone", "event", "PrintDone", "mk3"],
      ["farm/Prusa MK4 №2/progress/printing", "progress", "printing", "Prusa MK4 №2"],
      ["farm/mk3/event/plugin/with/levels", "event", "plugin/with/levels", "mk3"],
      ["farm/event/event/event", "event", "event", "event"],
      ["farm/mk3/mqtt", "connection", "", "mk3"],
      ["farm/mk3/hass/printing", "other", "hass/printing", "mk3"],
    ],
    foreign: ["farm//event/PrintDone", "farm/mk3", "farm/mk3/", "farm/mqtt", "Farm/mk3/mqtt"],
  },
  {
    title: "a farm where {printer} is a part of its level",
    settings: { baseTopic: "farm/p-{printer}-x/y/" },
    topics: [
      ["farm/p-mk3-x/y/event/PrintDone", "event", "PrintDone", "mk3"],
      ["farm/p--x-x/y/mqtt", "connection", "", "-x"],
      ["farm/p-a-x/y/y/temp", "other", "y/temp", "a"],
    ],
    foreign: ["farm/mk3/y/mqtt", "farm/p--x/y/mqtt", "farm/p-mk3/y/mqtt"],
  },
  {
    title: "a farm that begins with {printer}",
    settings: { baseTopic: "{printer}/" },
    topics: [
      ["mk3/event/PrintDone", "event", "PrintDone", "mk3"],
      ["mk3/mqtt", "connection", "", "mk3"],
    ],
    foreign: ["/mqtt", "mqtt"],
  },
  {
    title: "a farm whose templates bring the slash",
    settings: {
      baseTopic: "farm/{printer}",
      eventTopic: "/event/{event}",
      progressTopic: "-p/{progress}",
      temperatureTopic: "/{temp}/temperature",
      metadataTopic: "/metadata/{key}",
      lwTopic: "-status",
    },
    topics: [
      ["farm/mk3/event/PrintDone", "event", "PrintDone", "mk3"],
      ["farm/mk3-p/printing", "progress", "printing", "mk3"],
      ["farm/mk3/tool0/temperature", "temperature", "tool0", "mk3"],
      ["farm/mk3-status", "connection", "", "mk3"],
      ["farm/-status-status", "connection", "", "-status"],
    ],
    foreign: ["farm/-p/printing", "farm/-status", "farm/mk3/status", "farm/a/b-status"],
  },
];

for (const { title, settings, topics, foreign } of tables) {
  describe(`with ${title}`, () => {
    const scheme = schemeWith(settings);
    for (const [topic, kind, name, printer] of topics) {
      const channel: Channel = { kind, name, printer };
      it(`${topic} is ${kind} ${JSON.stringify(name)}${printer === undefined ? "" : ` of ${printer}`}`, () =>
        assert.deepEqual(scheme.match(topic), channel));
      it(`${topic} is what is published for it`, () => assert.deepEqual(scheme.fill(channel), { ok: true, topic }));
    }
    for (const topic of foreign) {
      it(`${topic} is none of its topics`, () => assert.equal(scheme.match(topic), undefined));
    }
  });
}

describe("where two templates match one topic", () => {
  const cases: readonly [title: string, settings: Partial<SchemeSettings>, topic: string, kind: Kind, name: string][] =
    [
      ["the status topic comes first", { lwTopic: "event/mqtt" }, "octoprint/event/mqtt", "connection", ""],
      [
        "then the one with the most literal characters",
        { eventTopic: "{event}", temperatureTopic: "t/{temp}" },
        "octoprint/t/bed",
        "temperature",
        "bed",
      ],
      [
        "characters before and behind the placeholder count alike",
        { eventTopic: "ab/{event}", temperatureTopic: "{temp}/abc" },
        "octoprint/ab/abc",
        "temperature",
        "ab",
      ],
      [
        "a long placeholder's own characters do not count",
        { progressTopic: "a{progress}", temperatureTopic: "{temp}ng" },
        "octoprint/aprinting",
        "temperature",
        "aprinti",
      ],
      ["what none matches comes last", { eventTopic: "x/y/{event}" }, "octoprint/x/y", "other", "x/y"],
    ];
  for (const [title, settings, topic, kind, name] of cases) {
    it(`${title}: ${topic} is ${kind}`, () =>
      assert.deepEqual(schemeWith(settings).match(topic), { kind, name, printer: undefined }));
  }
});

describe("a progress topic that is neither printing nor slicing", () => {
  it("is other", () => {
    for (const name of ["left", "Printing", "printing/", "printing "]) {
      assert.deepEqual(schemeWith().match(`octoprint/progress/${name}`), {
        kind: "other",
        name: `progress/${name}`,
        printer: undefined,
      });
    }
  });

  it("is left to the next template", () => {
    const scheme = schemeWith({ progressTopic: "x/y/{progress}", eventTopic: "x/{event}" });
    assert.equal(scheme.match("octoprint/x/y/printing")?.kind, "progress");
    assert.deepEqual(scheme.match("octoprint/x/y/left"), { kind: "event", name: "y/left", printer: undefined });
  });

  it("is nothing where the base topic does not end in a slash", () =>
    assert.equal(schemeWith({ baseTopic: "octoLaser" }).match("octoLaserprogress/left"), undefined));
});

describe("names that a topic cannot hold are refused", () => {
  const inEvery: readonly [name: string, problem: object][] = [
    ["", { code: "name-empty", placeholder: "event" }],
    ["a+b", { code: "name-forbidden", placeholder: "event", name: "a+b", character: "+" }],
    ["#", { code: "name-forbidden", placeholder: "event", name: "#", character: "#" }],
    ["a\0b", { code: "name-forbidden", placeholder: "event", name: "a\0b", character: "NUL" }],
    ["a\ud800b", { code: "name-not-unicode", placeholder: "event" }],
  ];
  for (const [name, problem] of inEvery) {
    it(JSON.stringify(name), () =>
      assert.deepEqual(schemeWith().fill({ kind: "event", name, printer: undefined }), { ok: false, problem }),
    );
  }

  it("a printer with a slash", () =>
    assert.deepEqual(schemeWith({ baseTopic: farm }).fill({ kind: "connection", name: "", printer: "a/b" }), {
      ok: false,
      problem: { code: "name-forbidden", placeholder: "printer", name: "a/b", character: "/" },
    }));

  it("a printer that would make a topic of the broker's own", () => {
    const home = { kind: "event", name: "Home" } as const;
    assert.deepEqual(schemeWith({ baseTopic: "{printer}/" }).fill({ ...home, printer: "$SYS" }), {
      ok: false,
      problem: { code: "name-forbidden", placeholder: "printer", name: "$SYS", character: "$" },
    });
    assert.equal(schemeWith({ baseTopic: "farm/{printer}/" }).fill({ ...home, printer: "$1" }).ok, true);
    assert.equal(schemeWith({ baseTopic: "{printer}/" }).fill({ ...home, printer: "mk$" }).ok, true);
  });

  it("a farm without a printer", () =>
    assert.deepEqual(schemeWith({ baseTopic: farm }).fill({ kind: "event", name: "Home", printer: undefined }), {
      ok: false,
      problem: { code: "name-empty", placeholder: "printer" },
    }));

  it("a topic of more than 65,535 bytes, not one less", () => {
    const bytesLeft = 65_535 - "octoprint/event/".length;
    const fill = (name: string) => schemeWith().fill({ kind: "event", name, printer: undefined });
    assert.equal(fill("x".repeat(bytesLeft)).ok, true);
    assert.deepEqual(fill("x".repeat(bytesLeft + 1)), {
      ok: false,
      problem: { code: "topic-too-long", length: 65_536 },
    });
    assert.equal(fill("ü".repeat(Math.floor(bytesLeft / 2))).ok, true);
    assert.equal(fill("ü".repeat(Math.floor(bytesLeft / 2) + 1)).ok, false);
  });

  it("other without a place for it", () =>
    assert.deepEqual(schemeWith({ baseTopic: "octoLaser" }).fill({ kind: "other", name: "x", printer: undefined }), {
      ok: false,
      problem: { code: "base-topic-unfinished" },
    }));

  it("the status of a printer that has no status topic", () =>
    assert.deepEqual(schemeWith({ lwTopic: "" }).fill({ kind: "connection", name: "", printer: undefined }), {
      ok: false,
      problem: { code: "no-such-topic", field: "lwTopic" },
    }));
});

describe("the name by which a msg speaks of its printer", () => {
  const cases: readonly [title: string, level: string | undefined, name: string, base: string, expected: string][] = [
    ["the topic's own level", "mk3", "Prusa", farm, "mk3"],
    ["else the printer node's name", undefined, "Prusa", "octoprint/", "Prusa"],
    ["else the last level of the base topic", undefined, "", "home/office/p3steel/", "p3steel"],
    ["with or without a slash at its end", undefined, "", "octoLaser", "octoLaser"],
    ["else nothing", undefined, "", "/", ""],
  ];
  for (const [title, printer, name, baseTopic, expected] of cases) {
    it(title, () => assert.equal(printerNameOf({ kind: "event", name: "x", printer }, name, baseTopic), expected));
  }
});

describe("traps", () => {
  it("octoprint/ and octoPrint/ are two, and each knows of the other", () => {
    assert.equal(otherDefaultBaseTopic(schemeDefaults.baseTopic), "octoPrint/");
    assert.equal(otherDefaultBaseTopic("octoPrint/"), "octoprint/");
    for (const base of ["octoprint", "OctoPrint/", "farm/octoprint/", ""])
      assert.equal(otherDefaultBaseTopic(base), undefined);
  });
});
