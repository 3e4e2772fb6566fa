import { commandTiming } from "../../nodes/octoprint-control/timing.ts";
import type { Scope } from "../support/cleanup.ts";
import { Machine } from "../support/octoprint-machine.ts";
import type { FlowNode, Message } from "../support/runtime.ts";
import { connected, inNode, type Started, start } from "./flow.ts";
import { type ServerOptions, type StartedServer, startServer } from "./octoprint.ts";

type Settings = Readonly<Record<string, unknown>>;

/** An `octoprint-control`, id `c`, and the sink behind it, `done`. */
export function controlNode(settings: Settings = {}): FlowNode[] {
  return [
    { id: "c", z: "tab", type: "octoprint-control", printer: "p", command: "msg", wires: [["done"]], ...settings },
    { id: "done", z: "tab", type: "sink", wires: [] },
  ];
}

export const everything = [
  "start pause resume cancel restart heat preheat home jog extrude tool feedrate flowrate gcode connect disconnect stop",
  "power system select delete upload files request state job snapshot",
].flatMap((names) => names.split(" "));

/** How a msg ended: the msg that went on, or the code of the error. */
export type Ended = { readonly msg: Message } | { readonly code: string; readonly text: string };

export interface Controlled extends StartedServer {
  readonly machine: Machine;
  readonly ask: (msg: object) => Promise<Ended>;
}

/** Asks quickly whether it has happened. */
function hurry(t: Scope & { after(action: () => void): void }): void {
  const { poll } = commandTiming;
  commandTiming.poll = 5;
  t.after(() => {
    commandTiming.poll = poll;
  });
}

type Test = Scope & { after(action: () => void): void };

/** Starts a stand-in of OctoPrint with a printer, and a control node that may do everything. */
export async function startControl(t: Test, settings: Settings = {}, options: ServerOptions = {}): Promise<Controlled> {
  hurry(t);
  const started = await startServer(t, controlNode({ allowed: everything, ...settings }), options);
  const machine = new Machine(started.octoprint, options.standIn?.version);
  return { ...started, machine, ask: asking(started.runtime) };
}

/** The same over a broker. */
export async function startMqttControl(
  t: Test,
  settings: Settings = {},
  printer: Settings = { commands: "homeassistant" },
): Promise<
  Started & { readonly ask: (msg: object) => Promise<Ended>; readonly knows: (state: string) => Promise<void> }
> {
  hurry(t);
  const nodes = [...controlNode({ allowed: everything, ...settings }), ...inNode("in", { kind: "printer", rate: "0" })];
  const started = await start(t, nodes, { printer });
  await started.runtime.status("c", connected);
  await started.subscribed.next();
  const states = started.runtime.sink("to-in");
  /** Waits until this is known of the printer: what is published is on its way for a while. */
  const knows = async (state: string): Promise<void> => {
    await states.next(({ payload }) => Object(payload).state?.id === state);
  };
  return { ...started, ask: asking(started.runtime), knows };
}

/** Sends msgs to a control node. */
export function asking({ send }: StartedServer["runtime"], id = "c"): (msg: object) => Promise<Ended> {
  return async (msg) => {
    const { error, msg: ended } = await send(id, msg);
    if (error === undefined) return { msg: ended };
    return { code: "code" in error ? String(error.code) : "", text: error.message };
  };
}
