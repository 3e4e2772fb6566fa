import type { NodeAPI, NodeDef } from "node-red";
import { Connection } from "../mqtt/connection.ts";
import { isReserved, isTopic } from "../mqtt/filter.ts";
import { failure, type Problem } from "../mqtt/problem.ts";
import { FlowStarts } from "../node-red/flow-start.ts";
import type { ProblemError } from "../node-red/problem-error.ts";
import { guarded, problemError, problemText } from "../node-red/report.ts";
import { tlsOptions } from "../node-red/tls-config.ts";
import type { OctoPrintBroker, PublishOptions } from "./api.ts";
import { BrokerClient } from "./broker-client.ts";
import type { BrokerNode } from "./broker-node.ts";
import { connectionSettings } from "./connection-settings.ts";
import { registerAdmin } from "./dialogs/admin.ts";
import { PersistentQueue } from "./persistent-queue.ts";
import {
  type BrokerCredentials,
  type BrokerSettings,
  type ReadSettings,
  readCredentials,
  readSettings,
} from "./settings.ts";

export default (RED: NodeAPI): void => {
  /**
   * By node id, what the session may hold that the broker keeps for a node: a full deploy makes a new node and a new
   * connection, and what the flow before had subscribed is to be left.
   */
  const sessions = new Map<string, readonly string[]>();

  const flowStarts = new FlowStarts(RED);

  function OctoPrintBrokerNode(this: BrokerNode, definition: NodeDef & Partial<BrokerSettings>): void {
    RED.nodes.createNode(this, definition);
    const { client, queue } = open(RED, this, readSettings({ ...definition }));
    this.client = client;
    client.remember(sessions.get(this.id) ?? []);
    this.publish = (topic, payload, options) => publish(RED, this.client, topic, payload, options);
    this.subscribe = (filter, callback, onRefused) => subscribe(RED, this, filter, callback, onRefused);

    const leave = flowStarts.join(client.flowStart);
    this.on("close", (removed: boolean, done: () => void) => {
      leave();
      if (removed) sessions.delete(this.id);
      else sessions.set(this.id, client.session);
      // Node-RED forgets the context of a node that is removed.
      close(RED, this, removed ? undefined : queue).then(done, done);
    });
  }
  RED.nodes.registerType<BrokerNode, NodeDef & Partial<BrokerSettings>, object, BrokerCredentials>(
    "octoprint-broker",
    OctoPrintBrokerNode,
    { credentials: { username: { type: "text" }, password: { type: "password" } } },
  );
  registerAdmin(RED);
};

interface Opened {
  readonly client: BrokerClient;
  readonly queue?: PersistentQueue | undefined;
}

function open(RED: NodeAPI, node: BrokerNode, config: ReadSettings): Opened {
  const tls = tlsOptions(RED, config.tls);
  const checked = connectionSettings(config, readCredentials(node.credentials ?? {}), tls ?? {});
  if (!checked.ok) return { client: new BrokerClient(undefined, checked.problem) };
  if (checked.settings.server.tls && tls === undefined) {
    return { client: new BrokerClient(undefined, failure("tls-settings", { reason: config.tls }).problem) };
  }
  const connection = new Connection(checked.settings);
  logReasons(RED, node, connection);
  const client = new BrokerClient(connection);
  return { client, queue: config.queueStore === "" ? undefined : openQueue(RED, node, client, config.queueStore) };
}

function openQueue(RED: NodeAPI, node: BrokerNode, client: BrokerClient, store: string): PersistentQueue {
  const queue = new PersistentQueue(node, store);
  const restored = queue.restore((count) => warnOfLost(RED, node, count));
  client.publishFirst(
    restored.catch((error: unknown) => {
      node.error(RED._("log.notRestored", { reason: String(error) }));
      return [];
    }),
  );
  return queue;
}

async function close(RED: NodeAPI, node: BrokerNode, queue: PersistentQueue | undefined): Promise<void> {
  queue?.beforeClose();
  const { kept, lost } = await node.client.close(queue !== undefined);
  if (lost > 0) warnOfLost(RED, node, lost);
  await queue?.keep(kept).catch((error: unknown) => node.error(RED._("log.notKept", { reason: String(error) })));
}

function warnOfLost(RED: NodeAPI, node: BrokerNode, count: number): void {
  node.warn(count === 1 ? RED._("log.lostOne") : RED._("log.lost", { count }));
}

/**
 * Each reason once in the log until the broker is back for good: one that is away all night is one line, and so is one
 * that takes the connection and drops it, again and again.
 */
function logReasons(RED: NodeAPI, node: BrokerNode, connection: Connection): void {
  const logged = new Set<string>();
  connection.observe(({ good, problem }) => {
    if (good && logged.size > 0) {
      logged.clear();
      node.log(RED._("log.back"));
    }
    if (problem === undefined || logged.has(problem.code)) return;
    logged.add(problem.code);
    node.warn(problemText(RED, problem));
  });
}

function publish(
  RED: NodeAPI,
  client: BrokerClient,
  topic: string,
  payload: string | Uint8Array,
  { qos = 0, retain = false, queue = true }: PublishOptions = {},
): Promise<void> {
  const published = new Promise<void>((resolve, reject) => {
    const done = (problem?: Problem): void => (problem ? reject(problemError(RED, problem)) : resolve());
    if (!isTopic(topic)) return done(failure("topic-invalid", { topic }).problem);
    if (isReserved(topic)) return done(failure("topic-reserved", { topic }).problem);
    const bytes = typeof payload === "string" ? payload : Buffer.from(payload);
    client.publish({ topic, payload: bytes, qos, retain, queue, done });
  });
  // A rejection that nobody handles would end the user's Node-RED.
  published.catch(() => undefined);
  return published;
}

function subscribe(
  RED: NodeAPI,
  node: BrokerNode,
  filter: string,
  callback: Parameters<OctoPrintBroker["subscribe"]>[1],
  onRefused = (error: ProblemError): void => node.error(error.message),
): () => void {
  const refused = (problem: Problem): void => onRefused(problemError(RED, problem));
  return node.client.subscribe([filter], {
    // A copy: others receive the same bytes.
    deliver: ({ topic, payload, qos, retain }) =>
      guarded(node, () => callback(topic, Buffer.from(payload), { qos, retain })),
    refused,
  });
}
