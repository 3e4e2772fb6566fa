import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { jobEnds, jobSteps } from "../../nodes/octoprint/tracking/job-report.ts";
import { fieldsOf } from "../../nodes/server/json.ts";
import { brokerNode, connected, outNode, printerNode, tab } from "../nodes/flow.ts";
import { serverNode, serverPrinter } from "../nodes/octoprint.ts";
import { ScriptScope } from "../support/cleanup.ts";
import { type Mosquitto, startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { dwell, type OctoPrint, startOctoPrint, withoutOctoPrint } from "../support/octoprint.ts";
import { octoPrintVersions } from "../support/octoprint-install.ts";
import { startNodeRed } from "../support/process.ts";
import { loadFlow } from "../support/runtime.ts";
import { observe } from "../support/wire.ts";

for (const version of octoPrintVersions) {
  const skip = withoutOctoPrint(version) || withoutMosquitto();
  describe(`flows with OctoPrint ${version} itself`, { skip }, () => {
    let octoPrint: OctoPrint;
    let broker: Mosquitto;
    const scope = new ScriptScope();
    after(() => scope.end());
    before(async () => {
      octoPrint = await startOctoPrint(scope, version);
      broker = await startMosquitto(scope);
      await octoPrint.connectPrinter();
    });

    test("octoprint-in from the server, octoprint-mqtt-out to a broker: what the plugin would publish", async (t) => {
      const observer = await observe(t, broker.url, "copy/#");
      const runtime = await loadFlow(
        t,
        [
          tab,
          serverNode(octoPrint.url),
          serverPrinter(),
          brokerNode(broker.url),
          printerNode({ id: "copy", baseTopic: "copy/" }),
          { id: "in", z: "tab", type: "octoprint-in", printer: "p", kind: "all", wires: [["to-in", "out"]] },
          { id: "to-in", z: "tab", type: "sink", wires: [] },
          outNode("out", { printer: "copy", kind: "msg" }),
        ],
        { credentials: { s: { apiKey: octoPrint.keys.user } } },
      );
      await runtime.status("in", connected);
      await octoPrint.upload("a.gcode", dwell(6), true);
      const said = runtime.sink("to-in");
      await said.next(({ topic }) => topic === "octoprint/event/PrintDone");
      // The plugin's last look at the job.
      await said.next(({ kind, value, payload }) => kind === "progress" && fieldsOf(value ?? payload).progress === 100);
      await observer.next(({ topic, text }) => topic === "copy/progress/printing" && /"progress":100\b/.test(text));
      const count = observer.messages.length;
      const published = observer.messages.map(({ topic, text, qos, retain }) => [topic, parsed(text), qos, retain]);
      const wanted = said.items
        .slice(0, count)
        .map(({ topic, payload, qos }) => [`${topic}`.replace("octoprint/", "copy/"), payload, qos]);
      assert.deepEqual(
        published.map(([topic, payload, qos]) => [topic, payload, qos]),
        wanted,
      );
      for (const [topic, , qos, retain] of published) {
        const kept = !/^copy\/event\/(?!ZChange|FirmwareData|PausedForUser)/.test(`${topic}`);
        assert.equal(retain, kept, `${topic}`);
        assert.equal(qos, topic === "copy/mqtt" ? 1 : 0, `${topic}`);
      }
      const topics = new Set(published.map(([topic]) => topic));
      for (const topic of ["mqtt", "event/PrintStarted", "event/PrintDone", "progress/slicing", "temperature/tool0"]) {
        assert.ok(topics.has(`copy/${topic}`), topic);
      }
      assert.deepEqual(runtime.caught.items, []);
    });

    test("Node-RED is restarted while it prints: the job's start and its end are each told once", async (t) => {
      const observer = await observe(t, broker.url, "jobs");
      const options = {
        flows: [
          tab,
          serverNode(octoPrint.url),
          serverPrinter(),
          {
            id: "mqtt",
            type: "mqtt-broker",
            broker: "127.0.0.1",
            port: new URL(broker.url).port,
            protocolVersion: "4",
          },
          {
            id: "in",
            z: "tab",
            type: "octoprint-in",
            printer: "p",
            kind: "job",
            select: [...jobSteps, ...jobEnds],
            wires: [["out"]],
          },
          {
            id: "out",
            z: "tab",
            type: "mqtt out",
            broker: "mqtt",
            topic: "jobs",
            qos: "1",
            retain: "false",
            wires: [],
          },
        ],
        credentials: { s: { apiKey: octoPrint.keys.user } },
      };
      octoPrint.lines.forget();
      const nodeRed = await startNodeRed(t, options);
      await nodeRed.waitFor(/Connected to broker/);
      // The socket is open when OctoPrint has seen the login.
      await octoPrint.lines.next((line) => line.includes("User kay logged in on the socket"));
      await octoPrint.upload("b.gcode", dwell(12), true);
      const [started] = await observer.take(1);
      await nodeRed.stop();
      const { userDir } = nodeRed;
      const again = await startNodeRed(t, { ...options, userDir });
      const [ended] = await observer.take(1);
      assert.deepEqual(
        [started, ended].map((message) => fieldsOf(parsed(message?.text))).map(({ outcome, path }) => [outcome, path]),
        [
          ["started", "b.gcode"],
          ["done", "b.gcode"],
        ],
      );
      await again.stop();
      await observer.fence();
      assert.equal(observer.messages.length, 2);
      const log = [...nodeRed.lines.items, ...again.lines.items].join("\n");
      assert.ok(!log.includes(octoPrint.keys.user), "the key is in no line of the log");
      assert.deepEqual(again.warnings(), []);
    });
  });
}

function parsed(text = ""): unknown {
  return /^[[{]/.test(text) ? JSON.parse(text) : text;
}
