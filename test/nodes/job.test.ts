import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { readRecording } from "../support/recordings.ts";
import type { Message } from "../support/runtime.ts";
import { brokerNode, inNode, printerNode, start, tab } from "./flow.ts";
import { begin, door, type Stage, setStage } from "./stage.ts";

const cube = { name: "cube.gcode", path: "parts/cube.gcode", origin: "local" };
const state = (state_id: string) => ({ state_id, state_string: state_id });

/** Longer than any wait for a better word on how a job ended. */
const longEnough = 3000;

async function started(stage: Stage): Promise<void> {
  await stage.say("event/PrinterStateChanged", state("STARTING"));
  await stage.say("event/PrintStarted", cube);
  await stage.say("event/PrinterStateChanged", state("PRINTING"));
}

/** The messages of a node, once nothing more can come of what was said. */
async function told(stage: Stage, id = "in"): Promise<readonly Message[]> {
  stage.pass(longEnough);
  await stage.say("event/Fence", {});
  return stage.runtime.sink(`to-${id}`).items;
}

describe("one msg for each job that ends", () => {
  const thermal = "Thermal Runaway, system stopped! Heater_ID: bed - Printer halted. kill() called!";
  const sensor =
    "fatal: Heater/sensor error - Printer stopped and heaters disabled due to this error. Fix error and restart with M999.";
  const rows: { recording: string; outcomes: string[]; texts: string[] }[] = [
    {
      recording: "first-print",
      outcomes: ["done"],
      texts: ["Blüte größer.gcode: done after 57 s"],
    },
    {
      recording: "pause-cancel-printer-data",
      outcomes: ["cancelled", "done"],
      texts: ["benchy v2 (final).gcode: cancelled after 1 min 14 s", "benchy v2 (final).gcode: done after 1 min 14 s"],
    },
    {
      recording: "failures",
      outcomes: ["failed", "failed", "failed", "failed", "failed"],
      texts: [
        `part.gcode: failed after 17 s (${thermal})`,
        `part.gcode: failed after 15 s (${sensor})`,
        "part.gcode: failed after 15 s (the printer was disconnected by a user)",
        "part.gcode: failed after 15 s (SerialTimeoutException:)",
        "part.gcode: failed after 15 s (Closing serial port due to emergency stop M112.)",
      ],
    },
    {
      recording: "octoprint-2",
      outcomes: ["done", "cancelled"],
      texts: ["ring.gcode: done after 56 s", "ring.gcode: cancelled after 11 s"],
    },
  ];
  for (const { recording, outcomes, texts } of rows) {
    test(`${recording}: ${outcomes.join(", ")}`, async (t) => {
      const modes = ["message", "value", "text"].flatMap((output) => inNode(`as-${output}`, { kind: "job", output }));
      const { messages, scheme } = readRecording(recording);
      const stage = await setStage(t, modes, { printer: scheme });
      await stage.play(messages);
      await told(stage);
      const payloads = (id: string) => stage.runtime.sink(`to-as-${id}`).items.map(({ payload }) => payload);
      deepEqual(payloads("value"), outcomes);
      deepEqual(payloads("text"), texts);
      const whole = payloads("message");
      deepEqual(
        whole.map((payload) => Object(payload).outcome),
        outcomes,
      );
      deepEqual(
        stage.runtime.sink("to-as-text").items.map(({ message }) => message),
        whole,
      );
      deepEqual([stage.runtime.caught.items, stage.runtime.log.items], [[], []]);
    });
  }

  test("the msg says what, whose and when", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job" }));
    await started(stage);
    stage.pass(5_220_000);
    await stage.say("event/PrintDone", { ...cube, time: 5210.5 });
    const [msg, ...more] = await told(stage);
    const { _msgid, ...rest } = msg ?? {};
    const finishedAt = begin + 5_220_000;
    deepEqual(more, []);
    deepEqual(rest, {
      topic: "Prusa",
      kind: "job",
      printer: "Prusa",
      timestamp: finishedAt,
      payload: {
        outcome: "done",
        path: cube.path,
        name: cube.name,
        location: "local",
        duration: 5220,
        durationText: "1 h 27 min",
        printTime: 5210.5,
        startedAt: begin,
        finishedAt,
        progress: 100,
      },
    });
  });

  test("the status says how the last one ended", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job" }));
    await started(stage);
    await stage.say("event/PrintCancelled", cube);
    await stage.say("event/PrintFailed", { ...cube, reason: "cancelled" });
    equal((await told(stage)).length, 1);
    await stage.runtime.status("in", "cancelled cube.gcode");
  });

  test("a disconnect by the user is told in words, in the message too", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job" }));
    await started(stage);
    await stage.say("event/PrinterStateChanged", state("OFFLINE"));
    await stage.say("event/PrintFailed", { ...cube, reason: "error", error: "" });
    const [msg] = await told(stage);
    const { outcome, reason, error } = Object(msg?.payload);
    deepEqual([outcome, reason, error], ["failed", "disconnected", "the printer was disconnected by a user"]);
  });

  test("what only silence tells: a fatal error in a pause without PrintFailed (OctoPrint 1.11)", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job", output: "text" }));
    await started(stage);
    await stage.say("event/PrintPaused", cube);
    await stage.say("event/PrinterStateChanged", state("PAUSED"));
    await stage.say("event/Error", { error: "Heater failed", consequence: "disconnect", reason: "firmware" });
    await stage.say("event/PrinterStateChanged", state("ERROR"));
    deepEqual(stage.runtime.sink("to-in").items, []);
    const [msg, ...more] = await told(stage);
    equal(msg?.payload, "cube.gcode: failed after 0 s (Heater failed)");
    deepEqual(more, []);
  });

  test("whatever a file is called, its name is said as it is", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job", output: "text" }));
    const names = ["__printer__", "$t(text.printer)", "{{name}}", "<b>&amp;", "%s"];
    for (const name of names) {
      await stage.say("event/PrintStarted", { name, path: name, origin: "local" });
      await stage.say("event/PrintDone", { name, path: name, origin: "local", time: 1 });
    }
    const said = (await told(stage)).map(({ payload }) => payload);
    deepEqual(
      said,
      names.map((name) => `${name}: done after 0 s`),
    );
  });
});

describe("Only", () => {
  const rows: { select: string[]; wanted: string[] }[] = [
    { select: [], wanted: ["cancelled"] },
    { select: ["done", "failed"], wanted: [] },
    { select: ["cancelled"], wanted: ["cancelled"] },
    { select: ["started"], wanted: ["started"] },
    { select: ["paused", "resumed"], wanted: ["paused", "resumed"] },
    {
      select: ["started", "paused", "resumed", "done", "failed", "cancelled", "unknown"],
      wanted: ["started", "paused", "resumed", "cancelled"],
    },
  ];
  test("chooses of starts, pauses and ends; empty: the ends", async (t) => {
    const nodes = rows.flatMap(({ select }, row) => inNode(`in${row}`, { kind: "job", select, output: "value" }));
    const stage = await setStage(t, nodes);
    await started(stage);
    await stage.say("event/PrinterStateChanged", state("PAUSED"));
    await stage.say("event/PrintPaused", cube);
    await stage.say("event/PrintResumed", cube);
    await stage.say("event/PrinterStateChanged", state("PRINTING"));
    await stage.say("event/PrintCancelled", cube);
    await told(stage);
    for (const [row, { wanted }] of rows.entries()) {
      deepEqual(
        stage.runtime.sink(`to-in${row}`).items.map(({ payload }) => payload),
        wanted,
        `${row}`,
      );
    }
  });
});

describe("never from what the broker had stored", () => {
  test("old events and progress make no msg", async (t) => {
    const stored = {
      "octoprint/event/PrintStarted": JSON.stringify(cube),
      "octoprint/event/PrintDone": JSON.stringify({ ...cube, time: 5 }),
      "octoprint/event/PrintFailed": JSON.stringify({ ...cube, reason: "error" }),
      "octoprint/progress/printing": JSON.stringify({ location: "local", path: cube.path, progress: 42 }),
      "octoprint/mqtt": "connected",
    };
    const stage = await setStage(t, inNode("in", { kind: "job", select: ["started", "done", "failed"] }), { stored });
    await stage.runtime.sink("to-door").next(({ topic }) => topic === "octoprint/mqtt");
    deepEqual(await told(stage), []);
  });

  test("Node-RED starts in the middle of a print: an end without a duration", async (t) => {
    const stored = {
      "octoprint/progress/printing": JSON.stringify({ location: "local", path: cube.path, progress: 42 }),
    };
    const stage = await setStage(t, inNode("in", { kind: "job" }), { stored });
    await stage.say("event/PrintDone", { ...cube, time: 600 });
    const [msg] = await told(stage);
    const { outcome, duration, startedAt, printTime } = Object(msg?.payload);
    deepEqual([outcome, duration, startedAt, printTime], ["done", undefined, undefined, 600]);
  });
});

describe("a farm", () => {
  test("each printer has its own job; {printer} says whose it was", async (t) => {
    const { messages, scheme } = readRecording("two-printers");
    const nodes = [
      ...inNode("in", { kind: "job", output: "text" }),
      ...inNode("only-left", { kind: "job", printers: ["left"], select: ["started"] }),
    ];
    const stage = await setStage(t, nodes, { printer: scheme });
    await stage.play(messages);
    const found = (await told(stage)).map(({ printer, topic, payload }) => [printer, topic, payload]);
    deepEqual(found, [["right", "right", "right.gcode: done after 42 s"]]);
    const left = stage.runtime.sink("to-only-left").items;
    deepEqual(
      left.map(({ printer }) => printer),
      ["left"],
    );
  });

  test("printers of any name are followed, and do not mix", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job", output: "value" }), {
      printer: { baseTopic: "octoprint/{printer}/" },
    });
    const names = ["__proto__", "constructor", "toString", " ", "ä".repeat(200), "1e3"];
    for (const name of names) await stage.say(`${name}/event/PrintStarted`, cube);
    for (const name of names) await stage.say(`${name}/event/PrintDone`, { ...cube, time: 1 });
    stage.pass(longEnough);
    await stage.say("x/event/Fence", {});
    deepEqual(
      stage.runtime.sink("to-in").items.map(({ printer, payload }) => [printer, payload]),
      names.map((name) => [name, "done"]),
    );
  });
});

describe("nodes that come and go", () => {
  test("what is known of a job outlives a deploy of the node", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job" }));
    await started(stage);
    stage.pass(60_000);
    const flow = [tab, brokerNode(stage.broker.url, { keepalive: "0" }), printerNode(), ...door];
    await stage.runtime.deploy([...flow, ...inNode("in", { kind: "job", name: "renamed" })], "nodes");
    await stage.say("event/PrintDone", { ...cube, time: 60 });
    const [msg, ...more] = await told(stage);
    equal(Object(msg?.payload).duration, 60);
    deepEqual(more, []);
  });

  test("nodes share one subscription", async (t) => {
    const nodes = ["one", "two", "three"].flatMap((id) => inNode(id, { kind: "job" }));
    const { runtime, subscribed, broker } = await start(t, nodes);
    await subscribed.next();
    await broker.publish("octoprint/event/PrintStarted", JSON.stringify(cube));
    await broker.publish("octoprint/event/PrintDone", JSON.stringify({ ...cube, time: 1 }));
    const msgs = await Promise.all(["one", "two", "three"].map((id) => runtime.sink(`to-${id}`).next()));
    const filters = subscribed.items.flat().sort();
    deepEqual(filters, [...new Set(filters)]);
    ok(filters.includes("octoprint/event/#"));
    // Each has a copy of its own.
    const payloads = new Set(msgs.map(({ payload }) => payload));
    equal(payloads.size, 3);
  });

  test("a closed node leaves no timer, and says nothing any more", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job" }));
    await started(stage);
    await stage.say("event/PrinterStateChanged", state("OFFLINE"));
    await stage.runtime.unload();
    stage.pass(3_600_000);
    deepEqual(stage.runtime.sink("to-in").items, []);
  });
});

describe("the broker goes and comes back", () => {
  test("a job that is over meanwhile ends as unknown, by what is stored", async (t) => {
    const stage = await setStage(t, inNode("in", { kind: "job" }));
    await started(stage);
    await stage.say("progress/printing", { location: "local", path: cube.path, progress: 12 }, { retain: true });
    stage.broker.cut();
    await stage.gone.next();
    await stage.broker.publish(
      "octoprint/progress/printing",
      JSON.stringify({ location: "local", path: "other.gcode", progress: 3, _timestamp: begin / 1000 + 60 }),
      { retain: true, qos: 1 },
    );
    await stage.subscribed.next();
    const msg = await stage.runtime.sink("to-in").next();
    const { outcome, path, duration } = Object(msg?.payload);
    deepEqual([outcome, path, duration], ["unknown", cube.path, undefined]);
  });
});

test("nothing on octoprint/, but octoPrint/ is there: nodes that follow say so too", async (t) => {
  const nodes = ["job", "printer"].flatMap((kind) => inNode(`of-${kind}`, { kind }));
  const { runtime } = await start(t, nodes, { stored: { "octoPrint/mqtt": "connected" } });
  for (const id of ["of-job", "of-printer"]) {
    await runtime.status(id, "nothing on octoprint/, but octoPrint/ is there");
  }
});
