import type { NodeAPI, NodeDef } from "node-red";
import { Connection } from "../mqtt/connection.ts";
import { isReserved, isTopic } from "../mqtt/filter.ts";
import type { Publication } from "../mqtt/message.ts";
import { failure, type Problem } from "../mqtt/problem.ts";
import { addressOf } from "../mqtt/server.ts";
import { FlowStarts } from "../node-red/flow-start.ts";
import type { ProblemError } from "../node-red/problem-error.ts";
import { guarded, problemError, problemStatus, problemText } from "../node-red/report.ts";
import { tlsOptions } from "../node-red/tls-config.ts";
import { CommandQueues } from "../octoprint/commands/command-queue.ts";
import { isRecord } from "../octoprint/messages/json.ts";
import type { OctoPrintBroker, Outcome, PublishOptions } from "./api.ts";
import { BrokerClient } from "./broker-client.ts";
import type { BrokerNode } from "./broker-node.ts";
import { type CheckedSettings, connectionSettings } from "./connection-settings.ts";
import { effectiveSettings } from "./core-broker-node.ts";
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
   * By node id, the filters that a kept session may still hold: a full deploy makes a new node and a new
   * connection, which must unsubscribe what the flow before had subscribed.
   */
  const sessions = new Map<string, readonly string[]>();

  const flowStarts = new FlowStarts(RED);

  function OctoPrintBrokerNode(this: BrokerNode, definition: NodeDef & Partial<BrokerSettings>): void {
    RED.nodes.createNode(this, definition);
    const { client, queue } = open(RED, this, readSettings({ ...definition }));
    this.client = client;
    this.commandQueues = new CommandQueues();
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
  const checked = deployedConnection(RED, node, config);
  if (!checked.ok) return { client: new BrokerClient(undefined, checked.problem) };
  const connection = new Connection(checked.settings);
  logReasons(RED, node, connection);
  logWarnings(RED, node, connection);
  const client = new BrokerClient(connection);
  return { client, queue: openQueue(RED, node, client, { config, server: addressOf(checked.settings.server) }) };
}

function deployedConnection(RED: NodeAPI, node: BrokerNode, config: ReadSettings): CheckedSettings {
  const effective = effectiveSettings(RED, config, readCredentials(node.credentials ?? {}));
  if (!effective.ok) return effective;
  const tls = tlsOptions(RED, effective.config.tls);
  const checked = connectionSettings(effective.config, effective.credentials, tls ?? {});
  if (!checked.ok || !checked.settings.server.tls || tls !== undefined) return checked;
  return failure("tls-settings", { reason: effective.config.tls });
}

function openQueue(
  RED: NodeAPI,
  node: BrokerNode,
  client: BrokerClient,
  { config, server }: { readonly config: ReadSettings; readonly server: string },
): PersistentQueue {
  const { queueStore: store, queueMaxAge: hours } = config;
  const others = storeNames(RED).filter((name) => name !== store);
  const queue = new PersistentQueue(
    node,
    { store, others, server, maxAge: Number(hours) * 3_600_000 },
    {
      lost: (count) => warnOfLost(RED, node, count),
      expired: (count) => node.warn(RED._("log.expired", { count, hours })),
      elsewhere: (count, other) => node.warn(RED._("log.elsewhere", { count, server: other, hours })),
      notKept: (problem) => node.error(RED._("log.notKept", { reason: problemStatus(RED, problem) })),
      unreadable: (problem) => {
        node.error(RED._("log.notRestored", { reason: problemStatus(RED, problem) }));
        client.lacks(problem);
      },
    },
  );
  client.publishFirst(queue.restore());
  return queue;
}

/** The context stores of settings.js. A name that is another one's alias is not a store of its own. */
function storeNames(RED: NodeAPI): string[] {
  const stores: unknown = Reflect.get(RED.settings, "contextStorage");
  return isRecord(stores) ? Object.keys(stores).filter((name) => typeof stores[name] !== "string") : [];
}

async function close(RED: NodeAPI, node: BrokerNode, queue: PersistentQueue | undefined): Promise<void> {
  queue?.beforeClose();
  const { kept, lost } = await node.client.close(queue?.keeps ?? false);
  if (lost > 0) warnOfLost(RED, node, lost);
  if (queue?.keeps) await queue.keep(kept);
}

function warnOfLost(RED: NodeAPI, node: BrokerNode, count: number): void {
  node.warn(count === 1 ? RED._("log.lostOne") : RED._("log.lost", { count }));
}

/** Each warning once: it stays true until the next deploy. */
function logWarnings(RED: NodeAPI, node: BrokerNode, connection: Connection): void {
  const logged = new Set<string>();
  connection.observe(({ warnings = [] }) => {
    for (const warning of warnings) {
      if (logged.has(warning.code)) continue;
      logged.add(warning.code);
      node.warn(problemText(RED, warning));
    }
  });
}

/**
 * Logs each reason once until the broker is back for good: a broker that is away all night is one line, and so is one
 * that accepts the connection and drops it, again and again.
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
): Promise<Outcome> {
  const published = new Promise<Outcome>((resolve, reject) => {
    const done: Publication["done"] = (problem, stored) => {
      if (problem) reject(problemError(RED, problem));
      else resolve(stored ? "stored" : "published");
    };
    if (!isTopic(topic)) return done(failure("topic-invalid", { topic }).problem);
    if (isReserved(topic)) return done(failure("topic-reserved", { topic }).problem);
    const bytes = typeof payload === "string" ? payload : Buffer.from(payload);
    client.publish({ topic, payload: bytes, qos, retain, queue, at: Date.now(), done });
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
