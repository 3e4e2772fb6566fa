import { type BrokerOptions, type InProcessBroker, startAedes } from "../support/broker.ts";
import type { Scope } from "../support/cleanup.ts";
import { Mailbox } from "../support/mailbox.ts";
import { type FlowNode, loadFlow, type Runtime, type RuntimeOptions } from "../support/runtime.ts";

/** The status of a good connection: Node-RED's own text, or that nothing has come yet. */
export const connected = /^(?:node-red:common\.status\.)?connected\b/;

type Settings = Readonly<Record<string, unknown>>;

export const tab: FlowNode = { id: "tab", type: "tab" };

/** An `octoprint-broker`, id `b`. */
export function brokerNode(url: string, settings: Settings = {}): FlowNode {
  return { id: "b", type: "octoprint-broker", url, ...settings };
}

/** An `octoprint-printer` on it, id `p`, called Prusa. */
export function printerNode(settings: Settings = {}): FlowNode {
  return { id: "p", type: "octoprint-printer", name: "Prusa", broker: "b", baseTopic: "octoprint/", ...settings };
}

/** An `octoprint-in` and the sink behind it, which has the id `to-` + its own. */
export function inNode(id: string, settings: Settings = {}): FlowNode[] {
  return [
    { id, z: "tab", type: "octoprint-in", printer: "p", kind: "all", wires: [[`to-${id}`]], ...settings },
    { id: `to-${id}`, z: "tab", type: "sink", wires: [] },
  ];
}

export function outNode(id: string, settings: Settings = {}): FlowNode {
  return { id, z: "tab", type: "octoprint-mqtt-out", printer: "p", wires: [], ...settings };
}

/** What a broker in this process is asked for, in order. */
export interface Traffic {
  /** The filters of each SUBSCRIBE. */
  readonly subscribed: Mailbox<readonly string[]>;
  readonly unsubscribed: Mailbox<readonly string[]>;
  /** The id of each client that connects. */
  readonly clients: Mailbox<string>;
  /** The id of each client that is gone. */
  readonly gone: Mailbox<string>;
  /** What clients publish. */
  readonly published: Mailbox<Published>;
}

export interface Published {
  readonly topic: string;
  readonly payload: Buffer;
  readonly text: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

export function watchTraffic({ aedes }: InProcessBroker): Traffic {
  const traffic = {
    subscribed: new Mailbox<readonly string[]>("a SUBSCRIBE"),
    unsubscribed: new Mailbox<readonly string[]>("an UNSUBSCRIBE"),
    clients: new Mailbox<string>("a CONNECT"),
    gone: new Mailbox<string>("a client's end"),
    published: new Mailbox<Published>("a PUBLISH"),
  };
  aedes.on("subscribe", (subscriptions) => traffic.subscribed.push(subscriptions.map(({ topic }) => topic)));
  aedes.on("unsubscribe", (filters) => traffic.unsubscribed.push(filters));
  aedes.on("clientReady", ({ id }) => traffic.clients.push(id));
  aedes.on("clientDisconnect", ({ id }) => traffic.gone.push(id));
  aedes.on("publish", ({ topic, payload, qos, retain }, client) => {
    const bytes = Buffer.from(payload);
    if (client) traffic.published.push({ topic, payload: bytes, text: bytes.toString(), qos, retain });
  });
  return traffic;
}

export interface Started extends Traffic {
  readonly broker: InProcessBroker;
  readonly runtime: Runtime;
}

export interface StartOptions extends RuntimeOptions {
  /** Settings of the `octoprint-broker`. */
  readonly broker?: Settings;
  /** Settings of the `octoprint-printer`; `null`: the flow has its own. */
  readonly printer?: Settings | null;
  readonly aedes?: BrokerOptions;
  /** What the broker has stored. */
  readonly stored?: Readonly<Record<string, string>>;
}

/** Starts a broker in this process, and a flow of these nodes with an `octoprint-broker` and an `octoprint-printer`. */
export async function start(t: Scope, nodes: readonly FlowNode[], options: StartOptions = {}): Promise<Started> {
  const broker = await startAedes(t, options.aedes);
  for (const [topic, payload] of Object.entries(options.stored ?? {})) {
    await broker.publish(topic, payload, { retain: true, qos: 1 });
  }
  const traffic = watchTraffic(broker);
  const configNodes = [brokerNode(broker.url, options.broker)];
  if (options.printer !== null) configNodes.push(printerNode(options.printer));
  const runtime = await loadFlow(t, [tab, ...configNodes, ...nodes], options);
  return { broker, runtime, ...traffic };
}

/** The same with one `octoprint-in`, id `in`, subscribed. */
export async function startIn(t: Scope, settings: Settings = {}, options: StartOptions = {}): Promise<Started> {
  const started = await start(t, inNode("in", settings), options);
  await started.runtime.status("in", connected);
  await started.subscribed.next();
  return started;
}

/** The same with one `octoprint-mqtt-out`, id `out`, connected. */
export async function startOut(t: Scope, settings: Settings = {}, options: StartOptions = {}): Promise<Started> {
  const started = await start(t, [outNode("out", settings)], options);
  await started.runtime.status("out", connected);
  return started;
}
