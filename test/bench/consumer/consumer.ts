import { createServer } from "node:http";
import { connect } from "mqtt";
import type { NodeRedApp } from "node-red";
import { type Report, type Request, type Setup, sharedClock } from "./protocol.ts";
import { publish } from "./source.ts";
import { arrived, begin, counted, cpu } from "./tally.ts";

/*
 * One consumer in a process of its own: a Node-RED with one flow, or MQTT.js alone. What it is asked for comes over
 * the IPC channel; what it receives, from the broker.
 */

function tell(message: Report): void {
  process.send?.(message);
}

/** Newer than the types. */
const silent = { telemetry: { enabled: false, updateNotification: false } };

async function startNodeRed(setup: Setup, nodeRed: string): Promise<void> {
  const RED: NodeRedApp = require(nodeRed);
  // Without the editor: nobody edits.
  RED.init(createServer(), {
    uiHost: "127.0.0.1",
    uiPort: 0,
    httpAdminRoot: false,
    httpNodeRoot: false,
    credentialSecret: "bench",
    ...silent,
    externalModules: { palette: { allowInstall: false } },
    logging: { console: { level: "error", metrics: false, audit: false } },
    userDir: setup.userDir,
    flowFile: setup.flowFile,
  });
  RED.events.once("flows:started", awaitStored(setup).started);
  await RED.start();
}

function startBare(setup: Setup): void {
  const client = connect(setup.url, { protocolVersion: 4 });
  client.on("message", (_topic, payload) => arrived(payload.length));
  const { started } = awaitStored(setup);
  client.on("connect", () => {
    started();
    client.subscribe([...setup.filters]);
  });
}

/** Core's nodes connect before the flows have started, so what is stored may be there before, too. */
function awaitStored({ stored }: Setup): { readonly started: () => void } {
  let from: number | undefined;
  let until: number | undefined;
  const report = (): void => {
    if (from !== undefined && until !== undefined) tell({ type: "subscribed", ms: Math.max(0, until - from) });
  };
  const arrived = (): void => {
    until = sharedClock();
    report();
  };
  begin(stored, false, arrived);
  if (stored === 0) arrived();
  return {
    started: () => {
      from = sharedClock();
      report();
    },
  };
}

function answer(request: Request): void {
  switch (request.type) {
    case "begin": {
      const { expected, times } = request;
      const surplus = begin(expected, times, (result) => tell({ type: "complete", ...result }));
      return tell({ type: "begun", surplus });
    }
    case "publish":
      return publish(request.qos, request.count);
    case "cpu":
      return tell({ type: "cpu", cpu: cpu() });
    case "count":
      return tell({ type: "count", ...counted() });
    case "memory": {
      global.gc?.();
      global.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      return tell({ type: "memory", bytes: heapUsed + external });
    }
    case "end":
      process.exit();
  }
}

process.on("message", answer);
process.on("disconnect", () => process.exit());
const setup: Setup = JSON.parse(process.argv[2] ?? "");
if (setup.nodeRed === undefined) startBare(setup);
else
  startNodeRed(setup, setup.nodeRed).catch((problem: unknown) => {
    console.error(problem);
    process.exit(1);
  });
