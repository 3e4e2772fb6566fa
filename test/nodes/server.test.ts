import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodKey, startStandIn } from "../support/octoprint-stand-in.ts";
import { type FlowNode, loadFlow, type Message } from "../support/runtime.ts";
import { connected, inNode, outNode, tab } from "./flow.ts";
import { serverNode, serverPrinter, startServer } from "./octoprint.ts";

const event = (type: string, payload: unknown = null) => ({ event: { type, payload } });
const temps = (...points: object[]) => ({ current: { temps: points } });

/** Topic, payload without timestamp, retain. */
function short({ topic, payload, retain }: Message): unknown[] {
  const { _timestamp, printer_data, ...rest } = Object(payload);
  return [topic, typeof payload === "object" && payload !== null ? rest : payload, retain];
}

const slicing = {
  slicer: "",
  source_location: "",
  source_path: "",
  destination_location: "",
  destination_path: "",
  progress: 0,
};

const start = [
  ["octoprint/mqtt", "connected", false],
  ["octoprint/progress/printing", { location: "", path: "", progress: 0 }, false],
  ["octoprint/progress/slicing", slicing, false],
];

describe("OctoPrint itself as the source of messages", () => {
  it("says what the plugin would publish", async (t) => {
    const { octoprint, runtime } = await startServer(t, inNode("in"));
    const sink = runtime.sink("to-in");
    const first = [await sink.next(), await sink.next(), await sink.next()];
    assert.deepEqual(first.map(short), start);
    octoprint.push(event("PrintStarted", { path: "a.gcode", origin: "local" }));
    octoprint.push(temps({ time: 5, tool0: { actual: 20, target: 0 } }));
    const { msg, ...started } = { msg: await sink.next() };
    assert.deepEqual(started, {});
    assert.equal(msg.topic, "octoprint/event/PrintStarted");
    assert.deepEqual(
      [msg.kind, msg.event, msg.printer, msg.retain, msg.qos],
      ["event", "PrintStarted", "Prusa", false, 0],
    );
    assert.deepEqual(short(await sink.next()), ["octoprint/temperature/tool0", { actual: 20, target: 0 }, false]);
    await runtime.status("in", /tool0 20/);
  });

  it("hands what a broker would have stored to who comes later, and to them alone", async (t) => {
    const nodes = inNode("in");
    const { octoprint, runtime } = await startServer(t, nodes);
    for (const _ of start) await runtime.sink("to-in").next();
    octoprint.push(temps({ time: 5, bed: { actual: 50, target: 60 } }));
    octoprint.push(event("FirmwareData", { name: "Marlin" }));
    octoprint.push(event("Home"));
    for (let count = 0; count < 3; count++) await runtime.sink("to-in").next();
    const { url } = octoprint;
    const flow = [
      { id: "tab", type: "tab" },
      { id: "s", type: "octoprint-server", url },
      { id: "p", type: "octoprint-printer", name: "Prusa", source: "server", server: "s" },
      ...nodes,
      ...inNode("late", { retained: "all" }),
    ];
    await runtime.deploy(flow, "nodes");
    const late = runtime.sink("to-late");
    const handed: unknown[] = [];
    for (let count = 0; count < 5; count++) handed.push(short(await late.next()));
    assert.deepEqual(handed, [
      ["octoprint/mqtt", "connected", true],
      ["octoprint/progress/printing", { location: "", path: "", progress: 0 }, true],
      ["octoprint/progress/slicing", slicing, true],
      ["octoprint/temperature/bed", { actual: 50, target: 60 }, true],
      ["octoprint/event/FirmwareData", { name: "Marlin", _event: "FirmwareData" }, true],
    ]);
    octoprint.push(event("Connected"));
    assert.equal((await runtime.sink("to-in").next()).event, "Connected");
    assert.equal((await late.next()).event, "Connected");
    assert.equal(octoprint.sockets.items.length, 1);
  });

  it("by the topics of each printer node, over one socket", async (t) => {
    const other = {
      id: "p2",
      type: "octoprint-printer",
      source: "server",
      server: "s",
      baseTopic: "mk3/",
      eventTopic: "e/{event}",
      timestampField: "",
    };
    const nodes = [other, ...inNode("in", { select: ["Home"], kind: "event" })];
    const { octoprint, runtime } = await startServer(t, [
      ...nodes,
      ...inNode("in2", { printer: "p2", kind: "event", select: ["Home"] }),
    ]);
    await runtime.status("in", connected);
    octoprint.push(event("Home"));
    assert.equal((await runtime.sink("to-in").next()).topic, "octoprint/event/Home");
    const { topic, payload } = await runtime.sink("to-in2").next();
    assert.deepEqual([topic, payload], ["mk3/e/Home", { _event: "Home" }]);
    assert.equal(octoprint.sockets.items.length, 1);
  });

  it("messages of OctoPrint's plugins where they are chosen by name", async (t) => {
    const chosen = inNode("chosen", { kind: "other", select: ["plugin/psucontrol"] });
    const { octoprint, runtime } = await startServer(t, [...inNode("whole"), ...chosen]);
    const socket = await octoprint.sockets.next();
    const { subscribe } = await socket.frames.next((frame) => "subscribe" in frame);
    assert.deepEqual(Object(subscribe).plugins, ["psucontrol"]);
    await runtime.status("chosen", connected);
    octoprint.push({ plugin: { plugin: "psucontrol", data: { isPSUOn: true } } });
    octoprint.push({ plugin: { plugin: "another", data: {} } });
    octoprint.push(event("Home"));
    const msg = await runtime.sink("to-chosen").next();
    assert.deepEqual(
      [msg.topic, msg.subtopic, msg.payload],
      ["octoprint/plugin/psucontrol", "plugin/psucontrol", { isPSUOn: true }],
    );
    const all = runtime.sink("to-whole");
    assert.equal((await all.next(({ kind }) => kind === "event" || kind === "other")).event, "Home");
  });

  it("metadata from the file's entry, before PrintStarted", async (t) => {
    const { octoprint, runtime } = await startServer(t, inNode("in"));
    octoprint.intercept = ({ path }) =>
      path === "/api/files/local/a%20b/c.gcode"
        ? { status: 200, body: { name: "c.gcode", hash: "1", layer_height: 0.2 } }
        : undefined;
    const sink = runtime.sink("to-in");
    for (const _ of start) await sink.next();
    octoprint.push(event("PrintStarted", { path: "a b/c.gcode", origin: "local" }));
    assert.deepEqual(short(await sink.next()), ["octoprint/metadata/layer_height", "0.2", false]);
    assert.equal((await sink.next()).event, "PrintStarted");
    octoprint.push(event("PrintDone", { path: "a b/c.gcode", origin: "local" }));
    assert.deepEqual(short(await sink.next()), ["octoprint/metadata/layer_height", null, false]);
    assert.equal((await sink.next()).event, "PrintDone");
  });

  it("jobs and the printer's state", async (t) => {
    const nodes = [...inNode("jobs", { kind: "job" }), ...inNode("state", { kind: "printer", rate: "" })];
    const { octoprint, runtime } = await startServer(t, nodes);
    await octoprint.sockets.next();
    await runtime.status("jobs", connected);
    octoprint.push(event("PrinterStateChanged", { state_id: "OPERATIONAL", state_string: "Operational" }));
    octoprint.push(event("PrintStarted", { name: "a.gcode", path: "a.gcode", origin: "local" }));
    octoprint.push(event("PrintDone", { name: "a.gcode", path: "a.gcode", origin: "local", time: 61 }));
    const job = runtime.sink("to-jobs");
    const { payload } = await job.next();
    assert.deepEqual([Object(payload).outcome, Object(payload).path], ["done", "a.gcode"]);
    const state = await runtime.sink("to-state").next((msg) => Object(msg.payload).state?.id === "OPERATIONAL");
    assert.equal(Object(state.payload).availability, "online");
  });

  it("is called what OctoPrint is, where the node has no name", async (t) => {
    const { octoprint, runtime } = await startServer(t, inNode("in", { kind: "event" }), { printer: { name: "" } });
    octoprint.intercept = ({ path }) =>
      path === "/api/settings"
        ? { status: 200, body: { api: { key: "secret" }, appearance: { name: "Ender" } } }
        : undefined;
    await octoprint.requests.next(({ path }) => path === "/api/settings");
    await runtime.status("in", connected);
    octoprint.push(event("SettingsUpdated"));
    const sink = runtime.sink("to-in");
    await sink.next();
    await octoprint.requests.next(({ path }) => path === "/api/settings");
    octoprint.push(event("Home"));
    octoprint.push(event("Home"));
    const names = new Set([(await sink.next()).printer, (await sink.next()).printer]);
    for (const name of names) assert.ok(name === "Ender" || name === `127.0.0.1:${octoprint.port}`, String(name));
  });
});

describe("the printer's state is that of now", () => {
  const data = (text: string, flag: string, completion: number | null = null) => ({
    state: { text, flags: { [flag]: true } },
    job: { file: { path: "a.gcode", name: "a.gcode", origin: "local" } },
    progress: { completion },
    temps: [],
  });
  const state = inNode("state", { kind: "printer", rate: "" });
  const stateText = (msg: Message): unknown => Object(msg.payload).state?.text;

  it("for a node that is deployed later, though nothing was published since", async (t) => {
    const { octoprint, runtime } = await startServer(t, inNode("in"));
    for (const _ of start) await runtime.sink("to-in").next();
    octoprint.push({ current: data("Operational", "operational") });
    octoprint.push(event("Home"));
    await runtime.sink("to-in").next(({ event: name }) => name === "Home");
    const flow = [tab, serverNode(octoprint.url), serverPrinter({ baseTopic: "new/" }), ...inNode("in"), ...state];
    await runtime.deploy(flow, "nodes");
    await runtime.sink("to-state").next((msg) => stateText(msg) === "Operational");
    assert.equal(octoprint.sockets.items.length, 1);
  });

  it("after a gap in which nobody heard of a pause, and no progress was made", async (t) => {
    const { octoprint, runtime } = await startServer(t, [...inNode("in"), ...state]);
    await runtime.status("in", connected);
    octoprint.push({ current: data("Printing", "printing", 40) });
    octoprint.push(event("PrintStarted", { path: "a.gcode", name: "a.gcode", origin: "local" }));
    octoprint.push(event("PrinterStateChanged", { state_id: "PRINTING", state_string: "Printing" }));
    const sink = runtime.sink("to-state");
    await sink.next((msg) => stateText(msg) === "Printing");
    octoprint.history = data("Paused", "paused", 40);
    (await octoprint.sockets.next()).cut();
    await sink.next((msg) => stateText(msg) === "Paused");
    octoprint.history = data("Offline", "closedOrError");
    octoprint.push({ current: { temps: [{ time: 5, bed: { actual: 50, target: 60 } }] } });
    (await octoprint.sockets.next()).cut();
    const { payload } = await sink.next((msg) => stateText(msg) === "Offline");
    const { availability, temperatures, job } = Object(payload);
    assert.deepEqual([availability, temperatures, job], ["printer-offline", {}, null]);
  });
});

it("a printer without a name that a later deploy brings is called what OctoPrint is, too", async (t) => {
  const { octoprint, runtime } = await startServer(t, inNode("in"));
  octoprint.intercept = ({ path }) =>
    path === "/api/settings" ? { status: 200, body: { appearance: { name: "Ender" } } } : undefined;
  await runtime.status("in", connected);
  const nameless = [{ id: "p2", type: "octoprint-printer", source: "server", server: "s" }];
  const { url } = octoprint;
  const nodes = [...inNode("in"), ...nameless, ...inNode("late", { printer: "p2", kind: "event", select: ["Home"] })];
  await runtime.deploy([tab, serverNode(url), serverPrinter(), ...nodes], "nodes");
  await octoprint.requests.next(({ path }) => path === "/api/settings");
  const sink = runtime.sink("to-late");
  do octoprint.push(event("Home"));
  while ((await sink.next()).printer !== "Ender");
  assert.equal(octoprint.sockets.items.length, 1);
});

describe("a table of several OctoPrints", () => {
  const second = (url: string): FlowNode[] => [
    { id: "s2", type: "octoprint-server", url },
    { id: "p2", type: "octoprint-printer", name: "Ender", source: "server", server: "s2" },
  ];
  const table = inNode("in", { kind: "printer", table: true, rate: "", printerNodes: ["p2"] });
  const credentials = { s: { apiKey: goodKey }, s2: { apiKey: goodKey } };
  const rowOf = ({ payload }: Message, name: string) =>
    Object([payload].flat().find((row) => Object(row).printer === name));

  it("has a row for each", async (t) => {
    const other = await startStandIn(t);
    const { octoprint, runtime } = await startServer(t, [...second(other.url), ...table], { credentials });
    for (const one of [octoprint, other]) one.printer = { state: {} };
    await octoprint.sockets.next();
    await other.sockets.next();
    const sink = runtime.sink("to-in");
    await sink.next(
      (msg) => rowOf(msg, "Prusa").availability !== undefined && rowOf(msg, "Ender").availability !== undefined,
    );
    other.push(event("PrinterStateChanged", { state_id: "OPERATIONAL", state_string: "Operational" }));
    const msg = await sink.next((one) => rowOf(one, "Ender").stateId === "OPERATIONAL");
    assert.deepEqual(
      [msg.payload].flat().map((row) => Object(row).printer),
      ["Ender", "Prusa"],
    );
  });

  it("says of one whose key is wrong why nothing is known", async (t) => {
    const other = await startStandIn(t);
    const { runtime } = await startServer(t, [...second(other.url), ...table], {
      credentials: { ...credentials, s2: { apiKey: "wrong" } },
    });
    const msg = await runtime
      .sink("to-in")
      .next((one) => rowOf(one, "Ender").statusText === "OctoPrint does not accept the key");
    assert.equal(rowOf(msg, "Ender").availability, "unknown");
  });
});

it("many servers do not connect all at once when the flows start", async (t) => {
  const octoprint = await startStandIn(t);
  const ids = Array.from({ length: 12 }, (_, number) => `s${number}`);
  const nodes = ids.flatMap((id) => [
    serverNode(octoprint.url, { id }),
    serverPrinter({ id: `p-${id}`, server: id, name: id }),
    ...inNode(`in-${id}`, { printer: `p-${id}` }),
  ]);
  const credentials = Object.fromEntries(ids.map((id) => [id, { apiKey: goodKey }]));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await loadFlow(t, [tab, ...nodes], { credentials });
  await octoprint.sockets.take(5);
  assert.ok(octoprint.sockets.items.length < 12);
  t.mock.timers.tick(1000);
  await octoprint.sockets.take(7);
});

describe("an OctoPrint that is not there", () => {
  it("is a red status, one line in the log, and no error; it is back by itself", async (t) => {
    const nodes = [...inNode("in", { kind: "connection" }), ...inNode("state", { kind: "printer", rate: "" })];
    const { octoprint, runtime } = await startServer(t, nodes);
    const sink = runtime.sink("to-in");
    assert.equal((await sink.next()).payload, "connected");
    await octoprint.stop();
    await runtime.status("in", ({ fill, text }) => fill === "red" && text !== "");
    assert.equal((await sink.next()).payload, "disconnected");
    const gone = (msg: Message) => Object(msg.payload).availability === "octoprint-offline";
    await runtime.sink("to-state").next(gone);
    await octoprint.start();
    await runtime.status("in", connected);
    assert.equal(runtime.caught.items.length, 0);
  });

  it("wrong key: the reason in words, never the key", async (t) => {
    const secret = "not-a-good-key-4711";
    const nodes = [...inNode("in"), ...inNode("state", { kind: "printer", rate: "" })];
    const { runtime } = await startServer(t, nodes, { credentials: { s: { apiKey: secret } } });
    await runtime.status("in", "OctoPrint does not accept the key");
    const state = await runtime.sink("to-state").next();
    const { availability, statusText } = Object(state.payload);
    assert.deepEqual([availability, statusText], ["unknown", "OctoPrint does not accept the key"]);
    const { msg } = await runtime.log.next();
    assert.match(String(msg), /OctoPrint does not accept the key/);
    const seen = JSON.stringify([runtime.log.items, runtime.statuses.items, runtime.caught.items, msg]);
    assert.ok(!seen.includes(secret));
  });

  it("a key that is revoked: nothing is known any more, and why", async (t) => {
    const nodes = [...inNode("in", { kind: "connection" }), ...inNode("state", { kind: "printer", rate: "" })];
    const { octoprint, runtime } = await startServer(t, nodes);
    assert.equal((await runtime.sink("to-in").next()).payload, "connected");
    octoprint.users.clear();
    (await octoprint.sockets.next()).cut();
    await runtime.status("in", "OctoPrint does not accept the key");
    const { payload } = await runtime.sink("to-state").next((msg) => Object(msg.payload).availability === "unknown");
    assert.equal(Object(payload).statusText, "OctoPrint does not accept the key");
    assert.equal((await runtime.sink("to-in").next()).payload, "disconnected");
  });

  it("no websocket: it is polled, and says so", async (t) => {
    const { octoprint, runtime } = await startServer(t, inNode("in", { kind: "event" }), { standIn: { upgrade: 400 } });
    const status = await runtime.status("in", "no websocket through the proxy: polling");
    assert.equal(status.fill, "yellow");
    const { msg } = await runtime.log.next();
    assert.match(String(msg), /lets no websocket through/);
    assert.equal(octoprint.sockets.items.length, 0);
  });

  it("the server node was deleted: nothing is known, and why; there is no broker that could be offline", async (t) => {
    const state = inNode("state", { kind: "printer", rate: "" });
    const { runtime } = await startServer(t, state, { printer: { server: "gone" } });
    await runtime.status("state", "no OctoPrint chosen");
    const { payload } = await runtime.sink("to-state").next();
    assert.deepEqual([Object(payload).availability, Object(payload).statusText], ["unknown", "no OctoPrint chosen"]);
  });

  it("no address, or none that can be one: a red status, and the printer's state says why", async (t) => {
    const nodes = [...inNode("in"), ...inNode("state", { kind: "printer", rate: "" })];
    const { runtime } = await startServer(t, nodes, { server: { url: "ftp://octopi" } });
    assert.equal((await runtime.status("in", "ftp:// is not supported")).fill, "red");
    const { payload } = await runtime.sink("to-state").next();
    assert.deepEqual(
      [Object(payload).availability, Object(payload).statusText],
      ["unknown", "ftp:// is not supported"],
    );
  });
});

describe("a printer without a broker", () => {
  it("octoprint-mqtt-out is red and refuses", async (t) => {
    const { runtime } = await startServer(t, [outNode("out", { kind: "event", target: "Home" })]);
    await runtime.status("out", "This printer has no broker");
    const { error } = await runtime.send("out", { payload: {} });
    assert.match(String(error?.message), /^This printer has no broker/);
  });

  for (const [what, settings, words] of [
    ["a group", { group: "line" }, /a group needs a broker/],
    ["all other topics", { kind: "other" }, /no plugin messages chosen/],
  ] as const) {
    it(`octoprint-in with ${what} says why nothing comes`, async (t) => {
      const { runtime } = await startServer(t, inNode("in", settings));
      await runtime.status("in", words);
    });
  }

  it("{printer} in its base topic is an error", async (t) => {
    const { runtime } = await startServer(t, inNode("in"), { printer: { baseTopic: "farm/{printer}/" } });
    await runtime.status("in", "{printer} needs a broker");
  });
});
