import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { jobEnds, jobSteps } from "../../nodes/octoprint/tracking/job-report.ts";
import { fieldsOf } from "../../nodes/server/json.ts";
import { connected, inNode, tab } from "../nodes/flow.ts";
import { serverNode, serverPrinter } from "../nodes/octoprint.ts";
import { type Scope, ScriptScope } from "../support/cleanup.ts";
import { dwell, type OctoPrint, startOctoPrint, withoutOctoPrint } from "../support/octoprint.ts";
import { octoPrintVersions } from "../support/octoprint-install.ts";
import { loadFlow, type Runtime } from "../support/runtime.ts";

for (const version of octoPrintVersions) {
  describe(`octoprint-in on OctoPrint ${version} itself`, { skip: withoutOctoPrint(version) }, () => {
    let octoPrint: OctoPrint;
    const scope = new ScriptScope();
    after(() => scope.end());
    before(async () => {
      octoPrint = await startOctoPrint(scope, version);
    });

    const command = (path: string, body: object): Promise<unknown> => octoPrint.request("POST", `api/${path}`, body);

    interface Watched {
      /** Waits for the next report of a job and holds it against what is expected. */
      job(expected: object): Promise<Readonly<Record<string, unknown>>>;
      /** Waits until the printer's state is what REST says. */
      agrees(): Promise<void>;
      /** Waits until the printer's newest state is this. */
      state(expected: object): Promise<void>;
    }

    async function watch(t: Scope): Promise<Watched> {
      const runtime: Runtime = await loadFlow(
        t,
        [
          tab,
          serverNode(octoPrint.url, { throttle: "0.5" }),
          serverPrinter(),
          ...inNode("jobs", { kind: "job", select: [...jobSteps, ...jobEnds] }),
          ...inNode("states", { kind: "printer", rate: 10 }),
        ],
        { credentials: { s: { apiKey: octoPrint.keys.user } } },
      );
      const states = runtime.sink("to-states");
      const state = async (expected: object): Promise<void> => {
        while (!matches(states.items.at(-1)?.payload, expected)) await states.next();
      };
      await runtime.status("jobs", connected);
      return {
        async job(expected) {
          const { payload } = await runtime.sink("to-jobs").next();
          assert.ok(matches(payload, expected), `${JSON.stringify(payload)} is not ${JSON.stringify(expected)}`);
          return fieldsOf(payload);
        },
        async agrees() {
          const { state: text, job } = fieldsOf(await octoPrint.request("GET", "api/job"));
          const { path } = fieldsOf(fieldsOf(job).file);
          const busy = !/^(Operational|Offline)/.test(`${text}`);
          await state({ state: { text }, job: busy ? { path } : null });
        },
        state,
      };
    }

    test("a printer is connected, prints to the end, and is what REST says it is", async (t) => {
      const { job, agrees, state } = await watch(t);
      await state({ availability: "printer-offline", state: { text: "Offline" }, job: null });
      await octoPrint.connectPrinter();
      await agrees();
      await octoPrint.upload("Bär 1.gcode", dwell(2), true);
      // OctoPrint makes names of its own.
      const started = await job({ outcome: "started", location: "local" });
      await agrees();
      const done = await job({ outcome: "done", path: started.path, progress: 100 });
      const { job: told, progress } = fieldsOf(await octoPrint.request("GET", "api/job"));
      assert.equal(done.path, fieldsOf(fieldsOf(told).file).path);
      assert.equal(Math.floor(Number(done.printTime)), fieldsOf(progress).printTime);
      await agrees();
    });

    test("paused, resumed, cancelled", async (t) => {
      const { job, agrees } = await watch(t);
      await octoPrint.upload("b.gcode", dwell(60), true);
      await job({ outcome: "started", path: "b.gcode" });
      await agrees();
      await command("job", { command: "pause", action: "pause" });
      await job({ outcome: "paused", path: "b.gcode" });
      await octoPrint.state("Paused");
      await agrees();
      await command("job", { command: "pause", action: "resume" });
      await job({ outcome: "resumed", path: "b.gcode" });
      await agrees();
      await command("job", { command: "cancel" });
      await job({ outcome: "cancelled", path: "b.gcode" });
      await octoPrint.state("Operational");
      await agrees();
    });

    test("the firmware stops the print: why", async (t) => {
      const { job, state } = await watch(t);
      await octoPrint.upload("c.gcode", dwell(60), true);
      await job({ outcome: "started" });
      await command("printer/command", { command: "!!DEBUG:trigger_fatal_error_marlin" });
      const { error } = await job({ outcome: "failed", reason: "error", path: "c.gcode" });
      assert.match(`${error}`, /Thermal Runaway/);
      await state({ availability: "printer-offline", job: null, error });
      await octoPrint.state(/^Offline/);
      await octoPrint.connectPrinter();
      await state({ availability: "online", state: { text: "Operational" } });
    });

    test("the printer is unplugged", async (t) => {
      const { job, state } = await watch(t);
      await octoPrint.upload("d.gcode", dwell(60), true);
      await job({ outcome: "started" });
      await command("printer/command", { command: "!!DEBUG:drop_connection" });
      await job({ outcome: "failed", reason: "error", path: "d.gcode" });
      await state({ availability: "printer-offline", job: null });
      await octoPrint.state(/^Offline/);
      await octoPrint.connectPrinter();
    });

    test("somebody disconnects the printer", async (t) => {
      const { job, state } = await watch(t);
      await octoPrint.upload("e.gcode", dwell(60), true);
      await job({ outcome: "started" });
      await command("connection", { command: "disconnect" });
      await job({ outcome: "failed", reason: "disconnected", path: "e.gcode" });
      await state({ availability: "printer-offline", state: { text: "Offline" }, job: null });
      await octoPrint.connectPrinter();
    });

    test("the flow is deployed while it prints: the job is known, and its end is told once", async (t) => {
      await octoPrint.upload("f.gcode", dwell(4), true);
      await octoPrint.state("Printing");
      const { job, agrees } = await watch(t);
      await agrees();
      await job({ outcome: "done", path: "f.gcode" });
      await octoPrint.state("Operational");
      await agrees();
    });

    test("OctoPrint is killed while it prints, and started again: how the job ended, nobody heard", async (t) => {
      const { job, state } = await watch(t);
      await octoPrint.upload("g.gcode", dwell(60), true);
      await job({ outcome: "started" });
      await octoPrint.stop("SIGKILL");
      await state({ availability: "octoprint-offline" });
      await octoPrint.start();
      await job({ outcome: "unknown", path: "g.gcode" });
      await state({ availability: "printer-offline", state: { text: "Offline" }, job: null });
    });
  });
}

/** Whether a value holds all that is expected of it; of objects, the members that are named. */
function matches(value: unknown, expected: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return value === expected;
  const fields = fieldsOf(value);
  return Object.entries(expected).every(([name, wanted]) => matches(fields[name], wanted));
}
