import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { mostPrinters } from "../../nodes/octoprint-printer/tracker.ts";
import type { PrinterTracking } from "../../nodes/octoprint-printer/tracking.ts";
import { readExample } from "../demo/flows.ts";
import { readRecording } from "../support/recordings.ts";
import type { FlowNode, Message } from "../support/runtime.ts";
import { shopDoor } from "../support/third-party.ts";
import { until } from "./completion.ts";
import { brokerNode, connected, inNode, printerNode, start, tab } from "./flow.ts";
import { begin, door, type Stage, setStage } from "./stage.ts";

const cube = { name: "cube.gcode", path: "parts/cube.gcode", origin: "local" };
const state = (state_id: string, state_string: string) => ({ state_id, state_string });
const progress = (percent: number, more: object = {}) => ({
  location: "local",
  path: cube.path,
  progress: percent,
  ...more,
});
/** Without a limit: each change is a msg. */
const each = { kind: "printer", rate: "" };
const farm = { printer: { baseTopic: "octoprint/{printer}/" } };

async function printing(stage: Stage): Promise<void> {
  await stage.say("mqtt", "connected", { retain: true });
  await stage.say("event/PrinterStateChanged", state("STARTING", "Starting"));
  await stage.say("event/PrintStarted", cube);
  await stage.say("event/PrinterStateChanged", state("PRINTING", "Printing"));
  await stage.say(
    "progress/printing",
    progress(42, { printer_data: { progress: { printTime: 60, printTimeLeft: 1740 } } }),
  );
  await stage.say("temperature/tool0", { actual: 210.1, target: 210 });
}

/** Deploys one `octoprint-in` beside the nodes that are connected: the 10 s begin in the time of the test. */
async function deployIn(stage: Stage, settings: Partial<FlowNode>, printer: Partial<FlowNode> = {}): Promise<void> {
  const broker = brokerNode(stage.broker.url, { keepalive: "0" });
  await stage.runtime.deploy([tab, broker, printerNode(printer), ...door, ...inNode("in", settings)], "nodes");
  await stage.runtime.status("in", connected);
  await stage.say("unrelated", "x");
}

const msgsAt = (stage: Stage, id = "in"): readonly Message[] => stage.runtime.sink(`to-${id}`).items;
const lastAt = (stage: Stage, id = "in"): Message | undefined => msgsAt(stage, id).at(-1);
const payloadAt = (stage: Stage, id = "in") => Object(lastAt(stage, id)?.payload);

describe("how the printer is, at each change", () => {
  test("the msg", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await printing(stage);
    const { _msgid, ...msg } = lastAt(stage) ?? {};
    deepEqual(msg, {
      topic: "Prusa",
      kind: "printer",
      printer: "Prusa",
      timestamp: begin,
      changed: ["temperatures.tool0"],
      payload: {
        printer: "Prusa",
        availability: "online",
        statusText: "Printing",
        state: { id: "PRINTING", text: "Printing" },
        job: {
          path: cube.path,
          name: cube.name,
          location: "local",
          progress: 42,
          elapsed: 60,
          timeLeft: 1740,
          timeLeftText: "29 min",
          finishesAt: begin + 1_740_000,
          timeLeftFrom: "octoprint",
        },
        temperatures: { tool0: { actual: 210.1, target: 210 } },
        z: null,
        lastEvent: "PrinterStateChanged",
        lastSeen: begin,
      },
    });
    await stage.runtime.status("in", "online");
    stage.pass(1000);
    await stage.runtime.status("in", "Printing 42 %");
  });

  test("as value and as a sentence; the whole is in msg.message", async (t) => {
    const nodes = ["message", "value", "text"].flatMap((output) => inNode(`as-${output}`, { ...each, output }));
    const stage = await setStage(t, nodes);
    const said = () => ["value", "text"].map((output) => lastAt(stage, `as-${output}`)?.payload);
    await printing(stage);
    deepEqual(said(), ["Printing", "Prusa: Printing, cube.gcode 42 %, 29 min left"]);
    deepEqual(lastAt(stage, "as-text")?.message, payloadAt(stage, "as-message"));
    await stage.say("event/PrintDone", { ...cube, time: 100 });
    await stage.say("event/PrinterStateChanged", state("OPERATIONAL", "Operational"));
    deepEqual(said(), ["Operational", "Prusa: Operational"]);
    await stage.say("event/PrinterStateChanged", state("OFFLINE", "Offline"));
    deepEqual(said(), ["Offline", "Prusa: printer offline"]);
    stage.pass(10_000);
    await stage.say("mqtt", "disconnected", { retain: true });
    deepEqual(said(), ["octoprint-offline", "Prusa: OctoPrint offline"]);
  });

  test("changed: what is new, and nothing is sent where nothing is", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await printing(stage);
    const before = msgsAt(stage).length;
    await stage.say("temperature/tool0", { actual: 210.1, target: 210 });
    await stage.say("progress/printing", progress(42));
    await stage.say("progress/printing", progress(43));
    await stage.say("event/ZChange", { old: 0, new: 0.4 });
    await stage.say("event/PrintDone", { ...cube, time: 100 });
    const changed = msgsAt(stage)
      .slice(before)
      .map((msg) => msg.changed);
    deepEqual(changed, [["job.progress"], ["z", "lastEvent"], ["lastEvent", "job"]]);
  });

  test("what a flow does to its payload is nobody else's business", async (t) => {
    const stage = await setStage(t, [...inNode("in", each), ...inNode("other", each)]);
    await printing(stage);
    const { temperatures, state: shown, job } = payloadAt(stage);
    temperatures.tool0.actual = -1;
    shown.text = "broken";
    job.name = "broken";
    await stage.say("temperature/bed", { actual: 60, target: 60 });
    for (const id of ["in", "other"]) {
      const payload = payloadAt(stage, id);
      deepEqual(
        [payload.temperatures.tool0.actual, payload.state.text, payload.job.name],
        [210.1, "Printing", cube.name],
      );
    }
  });

  test("a recording: what is shown at its end", async (t) => {
    const { messages, scheme } = readRecording("first-print");
    const stage = await setStage(t, inNode("in", { ...each, output: "text" }), { printer: scheme });
    await stage.play(messages);
    const sentences = msgsAt(stage).map(({ payload }) => String(payload));
    ok(
      sentences.some((sentence) => /^Prusa: Printing, Blüte größer\.gcode \d+ %, .+ left$/.test(sentence)),
      sentences.join("\n"),
    );
    deepEqual([stage.runtime.caught.items, stage.runtime.log.items], [[], []]);
  });
});

describe("at most so many a second", () => {
  const degrees = (actual: number) => ({ actual, target: 0 });

  test("the first at once, of those in between the newest, with all that has changed", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "printer", rate: "0.5" }));
    await stage.say("temperature/bed", degrees(20));
    await stage.say("temperature/bed", degrees(21));
    await stage.say("temperature/tool0", degrees(30));
    await stage.say("temperature/tool0", degrees(31));
    equal(msgsAt(stage).length, 1);
    stage.pass(1999);
    await stage.say("temperature/tool0", degrees(32));
    equal(msgsAt(stage).length, 1);
    stage.pass(1);
    await stage.say("temperature/tool0", degrees(33));
    equal(msgsAt(stage).length, 2);
    deepEqual(lastAt(stage)?.changed, ["temperatures.bed", "temperatures.tool0"]);
    equal(payloadAt(stage).temperatures.tool0.actual, 32);
    stage.pass(2000);
    stage.pass(10_000);
    await stage.say("temperature/tool0", degrees(34));
    deepEqual(
      msgsAt(stage).map(({ payload }) => Object(payload).temperatures.tool0?.actual),
      [undefined, 32, 33, 34],
    );
  });

  test("each printer of a farm for itself", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "printer", rate: "1" }), farm);
    for (const name of ["a", "b", "a", "b"]) await stage.say(`${name}/temperature/bed`, degrees(Math.random()));
    deepEqual(
      msgsAt(stage).map(({ printer }) => printer),
      ["a", "b"],
    );
  });

  for (const rate of ["", "0", "-1", "x"]) {
    test(`no limit: ${JSON.stringify(rate)}`, async (t) => {
      const stage = await setStage(t, inNode("in", { kind: "printer", rate }));
      for (const actual of [1, 2, 3]) await stage.say("temperature/bed", degrees(actual));
      equal(msgsAt(stage).length, 3);
    });
  }

  test("a rate of almost never is not at once: no timer is that long", async (t) => {
    const nodes = [...inNode("in", { kind: "printer", rate: "1e-9" }), ...door];
    const { runtime, broker, subscribed } = await start(t, nodes, { nodes: [shopDoor] });
    await subscribed.next();
    for (const actual of [1, 2, 3]) await broker.publish("octoprint/temperature/bed", JSON.stringify({ actual }));
    await broker.publish("octoprint/event/Fence", "{}");
    await runtime.sink("to-door").next(({ topic }) => topic === "octoprint/event/Fence");
    equal(runtime.sink("to-in").items.length, 1);
  });
});

describe("as a table", () => {
  test("one array with a row for each printer, by name; changed says which", async (t) => {
    const nodes = [
      ...inNode("in", { kind: "printer", rate: "1", table: true }),
      ...inNode("some", { kind: "printer", rate: "", table: true, printers: ["mk2"] }),
    ];
    const stage = await setStage(t, nodes, farm);
    await stage.say("mk10/mqtt", "connected");
    await stage.say("mk2/mqtt", "connected");
    await stage.say("mk2/event/PrinterStateChanged", state("OPERATIONAL", "Operational"));
    await stage.say("mk10/progress/printing", progress(12));
    equal(msgsAt(stage).length, 1);
    stage.pass(1000);
    await stage.say("mk2/event/Fence", {});
    equal(msgsAt(stage).length, 2);
    const { payload, changed, kind } = lastAt(stage) ?? {};
    deepEqual([kind, changed], ["printer", ["mk2", "mk10"]]);
    ok(Array.isArray(payload));
    deepEqual(
      payload.map(({ printer, availability, statusText, state: shown, file, progress: percent, timeLeftText }) => [
        printer,
        availability,
        statusText,
        shown,
        file,
        percent,
        timeLeftText,
      ]),
      [
        ["mk2", "online", "Operational", "Operational", null, null, null],
        ["mk10", "online", "Printing", "Printing", "cube.gcode", 12, null],
      ],
    );
    await stage.runtime.status("in", "printers: 1");
    stage.pass(1000);
    await stage.runtime.status("in", "printers: 2");
    const some = lastAt(stage, "some")?.payload;
    ok(Array.isArray(some));
    deepEqual(
      some.map(({ printer }) => printer),
      ["mk2"],
    );
  });
});

describe("a base topic below which nothing is", () => {
  const wrong = { baseTopic: "mk3/" };

  test("after 10 s the state is unknown, and the status says why in yellow", async (t) => {
    const stage = await setStage(t, []);
    await deployIn(stage, each, wrong);
    stage.pass(9_999);
    await stage.say("unrelated", "y");
    deepEqual(msgsAt(stage), []);
    stage.pass(1);
    const { payload } = await stage.runtime.sink("to-in").next();
    const { printer, availability, state: shown } = Object(payload);
    deepEqual([printer, availability, shown.text], ["Prusa", "unknown", null]);
    const { fill } = await stage.runtime.status("in", "nothing heard below mk3/: Find printers shows what is there");
    equal(fill, "yellow");
  });

  const shownIn = (msg: Message | undefined) =>
    Array.from(Object(msg?.payload), ({ printer, availability }) => [printer, availability]);

  for (const rate of ["", "1"]) {
    test(`a table shows it as unknown, once; at most ${rate || "any number"} a second`, async (t) => {
      const stage = await setStage(t, []);
      await deployIn(stage, { kind: "printer", table: true, rate }, wrong);
      stage.pass(9_999);
      await stage.say("unrelated", "y");
      deepEqual(msgsAt(stage), []);
      stage.pass(1);
      const msg = await stage.runtime.sink("to-in").next();
      deepEqual([shownIn(msg), msg.changed], [[["Prusa", "unknown"]], ["Prusa"]]);
      await stage.runtime.status("in", "nothing heard below mk3/: Find printers shows what is there");
      stage.pass(5_000);
      await stage.say("unrelated", "z");
      equal(msgsAt(stage).length, 1);
    });
  }

  test("the table of a farm of which nothing is heard is empty: no row of yesterday stays", async (t) => {
    const stage = await setStage(t, []);
    await deployIn(stage, { ...each, table: true }, { baseTopic: "farm/{printer}/" });
    stage.pass(10_000);
    const { payload, changed } = await stage.runtime.sink("to-in").next();
    deepEqual([payload, changed], [[], []]);
  });

  test("of several printers in a table only the one of which nothing is heard is unknown", async (t) => {
    const stage = await setStage(t, [], { stored: { "octoprint/mqtt": "connected" } });
    const second = printerNode({ id: "p2", name: "Wrong", ...wrong });
    const { broker, runtime } = stage;
    const nodes = [...door, ...inNode("in", { ...each, table: true, printerNodes: ["p2"] })];
    await runtime.deploy([tab, brokerNode(broker.url, { keepalive: "0" }), printerNode(), second, ...nodes], "nodes");
    await until(() => msgsAt(stage).length > 0);
    await stage.say("unrelated", "x");
    stage.pass(10_000);
    await until(() => Object(lastAt(stage)?.changed).includes("Wrong"));
    deepEqual(shownIn(lastAt(stage)), [
      ["Prusa", "online"],
      ["Wrong", "unknown"],
    ]);
  });

  test("a printer that is idle has its status with the broker", async (t) => {
    const stage = await setStage(t, [], { stored: { "octoprint/mqtt": "connected" } });
    await deployIn(stage, each);
    await until(() => msgsAt(stage).length > 0);
    stage.pass(60_000);
    equal(payloadAt(stage).availability, "online");
  });
});

test("the broker is down: the farm's table has nothing that only time would have moved, and its counts add up", async (t) => {
  const stage = await setStage(t, inNode("in", { ...each, table: true }), farm);
  const printer_data = { progress: { printTime: 60, printTimeLeft: 1740 } };
  for (const name of ["mk2", "mk3", "mk4"]) await stage.say(`${name}/mqtt`, "connected");
  await stage.say("mk2/event/PrinterStateChanged", state("PRINTING", "Printing"));
  await stage.say("mk2/progress/printing", progress(42, { printer_data }));
  await stage.say("mk3/event/PrinterStateChanged", state("PAUSED", "Paused"));
  await stage.say("mk4/event/PrinterStateChanged", state("ERROR", "Error"));
  const tones = (): readonly string[] => farmCounts(lastAt(stage)?.payload);
  deepEqual(tones(), ["3 printers", "1 error", "1 paused", "1 printing"]);
  await stage.broker.down();
  await until(() => Object(lastAt(stage)?.payload)[2]?.availability === "broker-offline");
  deepEqual(tones(), ["3 printers", "3 offline"]);
  const [{ state: shown, stateId, progress: percent, elapsed, timeLeft, timeLeftText, finishesAt }] = Object(
    lastAt(stage)?.payload,
  );
  deepEqual([shown, stateId, percent], [null, null, 42]);
  deepEqual([elapsed, timeLeft, timeLeftText, finishesAt], [null, null, null, null]);
});

/** What a page of the examples works out, as its template says it. */
function pageOf(example: string) {
  const templates = readExample(`Dashboard pages/${example}`).filter(({ type }) => type === "ui-template");
  const [script] = templates.flatMap(
    ({ format }) => /export default (\{[\s\S]*toneOf[\s\S]*\})\s*<\/script>/.exec(String(format))?.[1] ?? [],
  );
  return runInNewContext(`(${script})`);
}

/** What the example of a farm's page counts. */
function farmCounts(payload: unknown): readonly string[] {
  const { data, computed, methods } = pageOf("Farm");
  const page = { ...data(), ...methods, rows: payload };
  const counts: readonly { number: number; label: string }[] = computed.counts.call(page);
  return Array.from(counts, ({ number, label }) => `${number} ${label}`);
}

test("a job of which only stored messages tell: the pages of the examples show it as printing, not idle", async (t) => {
  const stored = { "octoprint/mqtt": "connected", "octoprint/progress/printing": JSON.stringify(progress(12)) };
  const nodes = [...inNode("in", each), ...inNode("table", { ...each, table: true })];
  const stage = await setStage(t, nodes, { stored });
  await until(
    () => payloadAt(stage).job?.progress === 12 && Object(lastAt(stage, "table")?.payload)[0]?.progress === 12,
  );
  equal(payloadAt(stage).state.id, null);
  deepEqual(farmCounts(lastAt(stage, "table")?.payload), ["1 printer", "1 printing"]);
  const printer = payloadAt(stage);
  for (const example of ["One printer", "Control a printer"]) {
    const { methods } = pageOf(example);
    equal(methods.toneOf.call({ printer, job: printer.job }, "online", printer.state.id), "printing", example);
  }
});

describe("nodes that come and go", () => {
  const flow = (stage: Stage, ...nodes: ReturnType<typeof inNode>) => [
    tab,
    brokerNode(stage.broker.url, { keepalive: "0" }),
    printerNode(),
    ...door,
    ...nodes,
  ];

  test("a node that is deployed later gets the state at once, the others do not get it again", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await printing(stage);
    const before = msgsAt(stage).length;
    await stage.runtime.deploy(flow(stage, ...inNode("in", each), ...inNode("late", each)), "nodes");
    const { payload, changed } = await stage.runtime.sink("to-late").next();
    deepEqual(Object(payload).job.progress, 42);
    deepEqual(changed, ["availability", "state", "job", "temperatures", "z", "lastEvent"]);
    await stage.say("temperature/bed", { actual: 1, target: 0 });
    equal(msgsAt(stage).length, before + 1);
    equal(msgsAt(stage, "late").length, 2);
    const filters = stage.subscribed.items.flat();
    deepEqual(filters, [...new Set(filters)]);
  });

  test("what is known outlives a deploy of the only node", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await printing(stage);
    const before = msgsAt(stage).length;
    await stage.runtime.deploy(flow(stage, ...inNode("in", { ...each, name: "renamed" })), "nodes");
    await until(() => msgsAt(stage).length > before);
    const { job, temperatures } = payloadAt(stage);
    deepEqual([job.elapsed, temperatures.tool0.actual], [60, 210.1]);
  });

  test("at the start nothing is sent of a printer that was never heard", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await stage.say("unrelated", "x");
    deepEqual(msgsAt(stage), []);
  });

  test("what the broker has stored makes the first state", async (t) => {
    const stored = {
      "octoprint/mqtt": "connected",
      "octoprint/progress/printing": JSON.stringify(progress(12)),
      "octoprint/temperature/bed": JSON.stringify({ actual: 60, target: 60 }),
    };
    const stage = await setStage(t, inNode("in", each), { stored });
    await until(() => payloadAt(stage).temperatures?.bed !== undefined && payloadAt(stage).job !== null);
    const { availability, job, temperatures } = payloadAt(stage);
    deepEqual([availability, job.progress, temperatures.bed.actual], ["online", 12, 60]);
  });

  test("a closed node leaves no timer, and says nothing any more", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "printer" }));
    await printing(stage);
    await stage.runtime.unload();
    const before = msgsAt(stage).length;
    stage.pass(3_600_000);
    equal(msgsAt(stage).length, before);
  });
});

describe("is it there, really", () => {
  const availabilities = (stage: Stage) =>
    msgsAt(stage)
      .filter(({ changed }) => Array.isArray(changed) && changed.includes("availability"))
      .map(({ payload }) => Object(payload).availability);

  test("stale: nothing for five minutes while it prints, until it is heard again", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await printing(stage);
    stage.pass(299_999);
    stage.pass(1);
    await stage.say("unrelated", "x");
    deepEqual(availabilities(stage), ["online", "stale"]);
    equal(payloadAt(stage).statusText, "nothing received for a while");
    await stage.say("temperature/tool0", { actual: 209, target: 210 });
    deepEqual(availabilities(stage), ["online", "stale", "online"]);
  });

  for (const { staleAfter, stale } of [
    { staleAfter: "1", stale: 60_000 },
    { staleAfter: "0", stale: undefined },
    { staleAfter: "1e12", stale: undefined },
  ]) {
    test(`stale after ${staleAfter} min`, async (t) => {
      const stage = await setStage(t, inNode("in", each), { printer: { staleAfter } });
      await printing(stage);
      stage.pass((stale ?? 36_000_000) - 1);
      await stage.say("unrelated", "x");
      deepEqual(availabilities(stage), ["online"]);
      stage.pass(1);
      await stage.say("unrelated", "x");
      deepEqual(availabilities(stage), stale === undefined ? ["online"] : ["online", "stale"]);
    });
  }

  test("a late last will right after connected is not believed when OctoPrint is heard", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await stage.say("mqtt", "connected", { retain: true });
    await stage.say("mqtt", "disconnected", { retain: true });
    stage.pass(1000);
    await stage.say("temperature/bed", { actual: 20, target: 0 });
    stage.pass(5000);
    await stage.say("unrelated", "x");
    deepEqual(availabilities(stage), ["online"]);
  });

  test("the broker goes and comes back", async (t) => {
    const stage = await setStage(t, inNode("in", each));
    await printing(stage);
    await stage.broker.down();
    await until(() => payloadAt(stage).availability === "broker-offline");
    equal(payloadAt(stage).statusText, "no connection to the broker");
    const offlineAt = msgsAt(stage).length;
    await stage.broker.up();
    await stage.subscribed.next();
    const isLater = (msg: Message) => msgsAt(stage).indexOf(msg) >= offlineAt;
    await stage.runtime.sink("to-in").next((msg) => isLater(msg) && Object(msg.payload).availability === "online");
    const { availability, job } = payloadAt(stage);
    deepEqual([availability, job.progress], ["online", 42]);
  });

  test("a filter that is refused: red, and one error for each node, whenever it came", async (t) => {
    const { runtime, broker, subscribed } = await start(t, inNode("in", each), {
      aedes: {
        authorizeSubscribe: (_client, subscription, callback) =>
          callback(null, subscription.topic.includes("event/") ? null : subscription),
      },
    });
    await subscribed.next();
    const refused = "not allowed to read octoprint/event/#";
    equal((await runtime.status("in", refused)).fill, "red");
    match(Object((await runtime.caught.next()).error).message, /not allowed to read octoprint\/event\/#/);
    await runtime.deploy(
      [tab, brokerNode(broker.url), printerNode(), ...inNode("in", each), ...inNode("late", each)],
      "nodes",
    );
    await runtime.status("late", refused);
  });
});

describe("names that anyone may invent", () => {
  test("printers of any name have each its own state", async (t) => {
    const stage = await setStage(t, inNode("in", each), farm);
    const names = ["__proto__", "constructor", "hasOwnProperty", " ", "ä".repeat(300)];
    for (const name of names) await stage.say(`${name}/mqtt`, "connected");
    const before = msgsAt(stage).length;
    for (const [index, name] of names.entries())
      await stage.say(`${name}/temperature/${name}`, { actual: index, target: 0 });
    deepEqual(
      msgsAt(stage)
        .slice(before)
        .map(({ printer, payload }) => [printer, Object.entries(Object(payload).temperatures)]),
      names.map((name, index) => [name, [[name, { actual: index, target: 0 }]]]),
    );
  });

  test("no more are remembered than a bound, and the one that is heard again and again stays", async (t) => {
    const { runtime, broker, subscribed } = await start(t, inNode("in", { ...each, printers: ["mk3"] }), farm);
    await subscribed.next();
    const states = trackingOf(runtime.node("p"));
    const known = () => [...states.known()].length;
    await broker.publish("octoprint/mk3/mqtt", "connected");
    for (let index = 0; index <= mostPrinters + 10; index++) {
      if (index % 5000 === 0) await broker.publish("octoprint/mk3/event/Home", "{}");
      await broker.publish(`octoprint/x${index}/mqtt`, "connected");
    }
    await broker.publish("octoprint/mk3/event/Fence", "{}");
    await until(() => Object(runtime.sink("to-in").items.at(-1)?.payload).lastEvent === "Fence");
    equal(known(), mostPrinters);
    const names = [...states.known()];
    ok(names.includes("mk3"));
    ok(!names.includes("x0"));
  });
});

describe("what is below the base topic", () => {
  test("of home/{printer}/ only what once said something that only an OctoPrint says is a printer", async (t) => {
    const stage = await setStage(t, inNode("in", { ...each, table: true }), farm);
    await stage.say("door/event/opened", { by: "key" });
    await stage.say("door/event/Error", { error: "stuck" });
    await stage.say("lamp/temperature/room", { temperature: 21 });
    await stage.say("thermostat/temperature/room", { actual: 21, target: 22 });
    await stage.say("lamp/hass/printing", { state: {} });
    deepEqual(msgsAt(stage), []);
    await stage.say("mk3/event/PrinterStateChanged", state("OPERATIONAL", "Operational"));
    await stage.say("mk4/event/Home", { _event: "Home" });
    await stage.say("mk5/temperature/tool0", { actual: 21 });
    await stage.say("mk6/progress/printing", progress(0));
    const rows = lastAt(stage)?.payload;
    ok(Array.isArray(rows));
    deepEqual(
      rows.map(({ printer }) => printer),
      ["mk3", "mk4", "mk5", "mk6"],
    );
  });

  test("two OctoPrints: no false report, a status, and one warning", async (t) => {
    const stage = await setStage(t, [...inNode("ends", { kind: "job", output: "value" }), ...inNode("in", each)]);
    const other = { name: "ring.gcode", path: "ring.gcode", origin: "local" };
    const moved = (path: string, percent: number) => stage.say("progress/printing", { ...progress(percent), path });
    await stage.say("event/PrintStarted", cube);
    await moved(cube.path, 1);
    await stage.say("event/PrintStarted", other);
    for (const percent of [2, 3, 4]) {
      stage.pass(5_000);
      await moved(cube.path, percent);
      await moved(other.path, percent);
    }
    await stage.say("event/PrintDone", { ...other, time: 15 });
    await stage.say("event/PrintDone", { ...cube, time: 15 });
    stage.pass(600_000);
    await stage.say("unrelated", "x");
    const warning = "two OctoPrints publish below octoprint/: give each its own base topic";
    deepEqual(
      stage.runtime.sink("to-ends").items.map(({ payload }) => payload),
      ["done", "done"],
    );
    await stage.runtime.status("in", warning);
    deepEqual(
      stage.runtime.log.items.map((entry) => String(Object(entry).msg)),
      [warning],
    );
  });
});

function trackingOf(node: object): PrinterTracking {
  if ("tracking" in node && typeof node.tracking === "object" && node.tracking !== null && isTracking(node.tracking))
    return node.tracking;
  throw new Error("no printer");
}

function isTracking(value: object): value is PrinterTracking {
  return "known" in value;
}
