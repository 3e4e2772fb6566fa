import type { Scope } from "../support/cleanup.ts";
import { goodKey, type StandIn, type StandInOptions, startStandIn } from "../support/octoprint-stand-in.ts";
import { type FlowNode, loadFlow, type Runtime, type RuntimeOptions } from "../support/runtime.ts";
import { tab } from "./flow.ts";

type Settings = Readonly<Record<string, unknown>>;

/** An `octoprint-server`, id `s`. */
export function serverNode(url: string, settings: Settings = {}): FlowNode {
  return { id: "s", type: "octoprint-server", url, ...settings };
}

/** An `octoprint-printer` whose messages come from it, id `p`, called Prusa. */
export function serverPrinter(settings: Settings = {}): FlowNode {
  return { id: "p", type: "octoprint-printer", name: "Prusa", source: "server", server: "s", ...settings };
}

export const withKey = { credentials: { s: { apiKey: goodKey } } };

export interface ServerOptions extends RuntimeOptions {
  readonly standIn?: StandInOptions;
  readonly server?: Settings;
  readonly printer?: Settings;
}

export interface StartedServer {
  readonly octoprint: StandIn;
  readonly runtime: Runtime;
}

/** Starts a stand-in of OctoPrint, and a flow of these nodes with a server node that has its key, and a printer on it. */
export async function startServer(
  t: Scope,
  nodes: readonly FlowNode[],
  { standIn, server, printer, ...options }: ServerOptions = {},
): Promise<StartedServer> {
  const octoprint = await startStandIn(t, standIn);
  const flow = [tab, serverNode(octoprint.url, server), serverPrinter(printer), ...nodes];
  return { octoprint, runtime: await loadFlow(t, flow, { ...withKey, ...options }) };
}
