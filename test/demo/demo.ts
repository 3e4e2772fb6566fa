import { once } from "node:events";
import { parseArgs } from "node:util";
import { fieldsOf, textOf } from "../../nodes/server/json.ts";
import { type Scope, ScriptScope } from "../support/cleanup.ts";
import type { OctoPrint } from "../support/octoprint.ts";
import { type NodeRedOptions, type NodeRedProcess, startNodeRed } from "../support/process.ts";
import { readRecording } from "../support/recordings.ts";
import { type DemoBroker, demoBroker } from "./broker.ts";
import { adaptMenu, demoFlows, type FlowNode } from "./flows.ts";
import { startPrinting } from "./printing.ts";
import { replay } from "./replay.ts";

const usage = `Shows the nodes of this package in a Node-RED of its own, with two printers to look at.

npm start -- [options]
  --broker mqtt://host[:port]  use this MQTT broker (user:password@host where it asks for them), below demo/;
                               without it, one is started on a free port of this computer
  --octoprint                  also start an OctoPrint that prints on a virtual printer, without broker and plugin;
                               the first time it is fetched from PyPI, which takes half a minute (needs Python)
  --replay FILE                play this recording of a printer (*.jsonl) instead of the usual one
  --port N                     the port of Node-RED's editor; without it, a free one
  --speed N                    let the printers print N times as fast
  --help                       this text`;

interface Options {
  readonly broker: string | undefined;
  readonly recording: string;
  readonly port: number | undefined;
  readonly speed: number;
  readonly octoprint: boolean;
}

/** `undefined`: only the usage was asked for. */
function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      broker: { type: "string" },
      octoprint: { type: "boolean", default: false },
      replay: { type: "string", default: "first-print" },
      port: { type: "string" },
      speed: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Error(`--port must be a number from 1 to 65535, not ${values.port}`);
  }
  const speed = Number(values.speed);
  if (!(speed > 0)) throw new Error(`--speed must be a number above 0, not ${values.speed}`);
  return { broker: values.broker, recording: values.replay, port, speed, octoprint: values.octoprint };
}

function welcome(
  { url }: NodeRedProcess,
  broker: DemoBroker,
  octoPrint: OctoPrint | undefined,
  options: Options,
): string {
  const { recording } = options;
  return `
The editor is at  ${url}/
The dashboard is at  ${url}/dashboard/printer
The broker is at  ${broker.url}${broker.prefix === "" ? "" : ` (all topics below ${broker.prefix})`}
${octoPrint === undefined ? "" : `OctoPrint ${octoPrint.version} is at  ${octoPrint.url}/ (see the tab "OctoPrint without the plugin")\n`}
Look at the tab "Start here": one printer is a recording of a real OctoPrint (${recording}),
the other one is simulated by the tab "Simulated printer". Open the debug sidebar (the bug at the
right) to see what octoprint-in makes of both; the other tabs are the examples of the import menu.
The dashboard shows the recorded printer, and under "Farm" all that publish here.

Ctrl-C ends the demo. Changes to its flows are not kept: export what you want to keep.
`;
}

async function run(options: Options, scope: Scope, signal: AbortSignal): Promise<void> {
  const recording = readRecording(options.recording);
  const broker = await demoBroker(scope, options.broker);
  const { url: brokerUrl, prefix, credentials, client } = broker;
  if (options.octoprint) console.log("Starting OctoPrint …");
  const octoPrint = options.octoprint ? await startPrinting(scope, options.speed, signal) : undefined;
  const surroundings = {
    brokerUrl,
    recorded: recording.scheme,
    prefix,
    speed: options.speed,
    ...(octoPrint && { octoprint: { url: octoPrint.url, apiKey: octoPrint.keys.user } }),
  };
  const flows = demoFlows(surroundings);
  console.log("Starting Node-RED …");
  const nodeRed = await startNodeRed(scope, {
    flows,
    credentials: credentialsOf(flows, credentials),
    settings: { flowFilePretty: true },
    dashboard: true,
    ...(options.port !== undefined && { port: options.port }),
  });
  adaptMenu(nodeRed.userDir, surroundings);
  console.log(welcome(nodeRed, broker, octoPrint, options));

  const stopped = signal.aborted ? Promise.resolve() : once(signal, "abort");
  const replayed = replay({
    recording,
    prefix,
    speed: options.speed,
    publish: (topic, payload, flags) => client.publishAsync(topic, payload, flags),
    signal,
  });
  const ended = nodeRed.ended.then(() => {
    if (!signal.aborted) throw new Error(`Node-RED has ended:\n${nodeRed.lines.items.slice(-20).join("\n")}`);
  });
  await Promise.race([stopped, replayed, ended]);
}

/** npm that gets SIGTERM ends without a word to what it has started: then somebody else is our parent. */
function stopWithNpm(stop: AbortController): void {
  if (process.env.npm_lifecycle_event !== "start") return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) stop.abort();
  }, 500).unref();
}

/** Where Node-RED keeps them: by the id of the node. */
function credentialsOf(
  flows: readonly FlowNode[],
  broker: DemoBroker["credentials"],
): NonNullable<NodeRedOptions["credentials"]> {
  const all: Record<string, Readonly<Record<string, string>>> = {};
  for (const { id, type, credentials } of flows) {
    if (type === "octoprint-broker" && broker !== undefined) all[id] = broker;
    const apiKey = textOf(fieldsOf(credentials).apiKey);
    if (apiKey !== undefined) all[id] = { apiKey };
  }
  return all;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return console.log(usage);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) console.log("\nStopping …");
      stop.abort();
    });
  }
  stopWithNpm(stop);
  const scope = new ScriptScope();
  try {
    await run(options, scope, stop.signal);
  } catch (problem) {
    // Ctrl-C reaches Node-RED as well, and what is being started then does not start.
    if (!stop.signal.aborted) throw problem;
  } finally {
    stop.abort();
    await scope.end();
  }
}

main().then(
  () => process.exit(0),
  (problem: unknown) => {
    console.error(problem instanceof Error ? problem.message : problem);
    process.exit(1);
  },
);
