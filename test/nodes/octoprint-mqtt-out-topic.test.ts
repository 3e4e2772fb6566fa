import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "node:test";
import { startOut } from "./flow.ts";

const seconds = 1_792_000_000;

describe("the name of what is published", () => {
  const rows: { of: string; settings: Record<string, unknown>; msg?: Record<string, unknown>; topic: string }[] = [
    { of: "from the node", settings: { target: "Home", targetType: "str" }, topic: "Home" },
    { of: "from the node rather than from the msg", settings: { target: "Home" }, msg: { event: "No" }, topic: "Home" },
    { of: "from msg.event", settings: {}, msg: { event: "FromMsg" }, topic: "FromMsg" },
    { of: "from a msg property", settings: { target: "a.b", targetType: "msg" }, msg: { a: { b: "C" } }, topic: "C" },
    { of: "from the flow context", settings: { target: "theEvent", targetType: "flow" }, topic: "InFlow" },
    { of: "from the global context", settings: { target: "theEvent", targetType: "global" }, topic: "InGlobal" },
    { of: "from the environment", settings: { target: "THE_EVENT", targetType: "env" }, topic: "InEnv" },
    {
      of: "from JSONata",
      settings: { target: '"Print" & payload.how', targetType: "jsonata" },
      msg: { payload: { how: "Done" } },
      topic: "PrintDone",
    },
  ];
  for (const { of, settings, msg, topic } of rows) {
    test(of, async (t) => {
      process.env.THE_EVENT = "InEnv";
      t.after(() => {
        delete process.env.THE_EVENT;
      });
      const { runtime, published } = await startOut(t, { kind: "event", ...settings });
      runtime.node("out").context().flow.set("theEvent", "InFlow");
      runtime.node("out").context().global.set("theEvent", "InGlobal");
      const { error } = await runtime.send("out", { ...msg });
      equal(error, undefined);
      equal((await published.next()).topic, `octoprint/event/${topic}`);
    });
  }

  const farm = { printer: { baseTopic: "farm/{printer}/" } };
  const printers: { of: string; settings: Record<string, unknown>; msg?: Record<string, unknown>; topic: string }[] = [
    { of: "from the node", settings: { printerName: "mk3" }, topic: "farm/mk3/mqtt" },
    { of: "from msg.printer", settings: {}, msg: { printer: "mk4 S" }, topic: "farm/mk4 S/mqtt" },
    {
      of: "from JSONata",
      settings: { printerName: '"mk" & n', printerNameType: "jsonata" },
      msg: { n: 5 },
      topic: "farm/mk5/mqtt",
    },
  ];
  for (const { of, settings, msg, topic } of printers) {
    test(`the printer of a farm ${of}`, async (t) => {
      const { runtime, published } = await startOut(t, { kind: "connection", ...settings }, farm);
      await runtime.send("out", { payload: true, ...msg });
      equal((await published.next()).topic, topic);
    });
  }
});

describe("the plugin's templates", () => {
  test("every topic as it is set, nothing put between base topic and template", async (t) => {
    const printer = {
      baseTopic: "octoLaser",
      eventTopic: "foo/{event}/bar",
      progressTopic: "p-{progress}",
      temperatureTopic: "{temp}/temperature",
      metadataTopic: "/meta/{key}",
      lwTopic: "/status",
      timestampField: "ts",
    };
    const { runtime, published } = await startOut(t, {}, { printer });
    const msgs = [
      { kind: "event", event: "Home" },
      { kind: "progress", progress: "printing", payload: 1 },
      { kind: "temperature", temp: "bed", payload: 1 },
      { kind: "metadata", key: "k", payload: "v" },
      { kind: "connection", payload: true },
    ];
    for (const msg of msgs) await runtime.send("out", { ...msg, timestamp: seconds * 1000 });
    const sent = await published.take(msgs.length);
    deepEqual(
      sent.map(({ topic }) => topic),
      [
        "octoLaserfoo/Home/bar",
        "octoLaserp-printing",
        "octoLaserbed/temperature",
        "octoLaser/meta/k",
        "octoLaser/status",
      ],
    );
    deepEqual(JSON.parse(sent[0]?.text ?? ""), { _event: "Home", ts: seconds });
  });
});
