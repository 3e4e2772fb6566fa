import { EventEmitter, once } from "node:events";
import { dirname, join } from "node:path";
import type nodeRed from "node-red";
import type { Node, NodeAPI, NodeInitializer, NodeMessage, NodeStatus } from "node-red";
import type testHelper from "node-red-node-test-helper";
import type { TestFlowsItem } from "node-red-node-test-helper";
import octoprintBroker from "../../nodes/octoprint-broker/octoprint-broker.ts";
import octoprintControl from "../../nodes/octoprint-control/octoprint-control.ts";
import octoprintIn from "../../nodes/octoprint-in/octoprint-in.ts";
import octoprintMqttOut from "../../nodes/octoprint-mqtt-out/octoprint-mqtt-out.ts";
import octoprintPrinter from "../../nodes/octoprint-printer/octoprint-printer.ts";
import octoprintServer from "../../nodes/octoprint-server/octoprint-server.ts";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox, within } from "./mailbox.ts";
import { fromNodeRed, fromNodeRedDir, packageDir, packageName } from "./node-red.ts";

/** What tests read of a msg: any property may be there. */
export interface Message extends NodeMessage {
  [property: string]: unknown;
}

/** A call of `done`. */
export interface Completion {
  readonly node: string;
  readonly msg: Message;
  readonly error: Error | undefined;
}

export interface StatusReport {
  readonly node: string;
  readonly status: NodeStatus;
}

export type LogEntry = Parameters<typeof nodeRed.log.log>[0];
export type FlowNode = TestFlowsItem & { readonly [property: string]: unknown };
export type Credentials = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface RuntimeOptions {
  readonly credentials?: Credentials;
  /** Further nodes: somebody else's, or core's through `coreNode()`. */
  readonly nodes?: readonly NodeInitializer[];
  /**
   * Gets each call of `done`, for loads too big to be kept: then `completions` and `caught` stay empty, and what errors
   * are to do is the flow's own business.
   */
  readonly onComplete?: (completion: Completion) => void;
}

export interface Runtime {
  /** A node that is deployed; an error where it is not. */
  node(id: string): Node;
  /** Gives the node a msg and waits for its `done`. */
  send(id: string, msg: object): Promise<Completion>;
  /** Gives the node a msg; returns what the node got, to find its `done` in `completions`. */
  inject(id: string, msg: object): Message;
  /** What arrives at the node of type `sink` with this id. */
  sink(id: string): Mailbox<Message>;
  /** What a Catch node in each tab gets: `msg.error.message`, `msg.error.source.id`. */
  readonly caught: Mailbox<Message>;
  /** Every call of `done`, of every node. */
  readonly completions: Mailbox<Completion>;
  readonly statuses: Mailbox<StatusReport>;
  /** Waits for a status of the node that has this text, or that `wanted` likes; `""` is a cleared one. */
  status(id: string, wanted: string | RegExp | ((status: StatusFields) => boolean)): Promise<StatusFields>;
  /** Warnings and errors in Node-RED's log. */
  readonly log: Mailbox<LogEntry>;
  /** Deploys as the editor's button does; without `credentials` those of before stay. Comes back when it is started. */
  deploy(flow: readonly FlowNode[], type: "full" | "flows" | "nodes", credentials?: Credentials): Promise<void>;
  /** Requests to the admin API, as supertest makes them. */
  request(): ReturnType<typeof testHelper.request>;
  unload(): Promise<void>;
}

export interface StatusFields {
  readonly fill: string;
  readonly shape: string;
  readonly text: string;
}

/** What the tests use of `@node-red/util`; its types lack `i18n.init`. */
interface NodeRedUtil {
  readonly log: typeof nodeRed.log;
  readonly hooks: {
    add(name: "onComplete.test", handler: (event: CompleteEvent) => void): void;
    remove(name: "*.test"): void;
  };
  readonly i18n: {
    init(settings: { readonly lang: string }): void;
    registerMessageCatalog(namespace: string, dir: string, file: string): Promise<void>;
    _(key: string, ...parameters: Record<string, string | number>[]): string;
  };
}

interface CompleteEvent {
  readonly node: { readonly id: string };
  readonly msg: Message;
  readonly error?: unknown;
}

/** What Node-RED's deploy calls. The helper's own `setFlows` gives nodes 300 ms to close, and ours may take 2 s. */
interface RuntimeNodes {
  setFlows(flow: readonly FlowNode[], credentials: Credentials | undefined, type: string): Promise<unknown>;
}

const helper: typeof testHelper = fromNodeRedDir("node-red-node-test-helper");
const { i18n, log, hooks }: NodeRedUtil = fromNodeRed("@node-red/util");
const runtimeNodes: RuntimeNodes = fromNodeRed("@node-red/runtime/lib/nodes");
const settings: { init(userSettings: object): void } = fromNodeRed("@node-red/runtime/lib/settings");
const ours = { octoprintBroker, octoprintServer, octoprintPrinter, octoprintIn, octoprintMqttOut, octoprintControl };

/** A node of Node-RED itself by its file below `core/`, for example `network/05-tls.js`. */
export function coreNode(file: string): NodeInitializer {
  return fromNodeRed(`@node-red/nodes/core/${file}`);
}

/**
 * Starts a flow of our nodes in a Node-RED runtime in this process; it is stopped at the end of the test. One at a time.
 *
 * @example
 * const runtime = await loadFlow(t, [
 *   { id: "tab", type: "tab" },
 *   { id: "in", z: "tab", type: "octoprint-in", printer: "printer", wires: [["out"]] },
 *   { id: "out", z: "tab", type: "sink" },
 *   …
 * ]);
 * const msg = await runtime.sink("out").next();
 */
export async function loadFlow(
  scope: Scope,
  flow: readonly FlowNode[],
  { credentials = {}, nodes = [], onComplete }: RuntimeOptions = {},
): Promise<Runtime> {
  const whole = onComplete === undefined ? withCatch : (bare: readonly FlowNode[]) => [...bare];
  const caught = new Mailbox<Message>("an error in a Catch node");
  const completions = new Mailbox<Completion>("done()");
  const statuses = new Mailbox<StatusReport>("a status");
  const logged = new Mailbox<LogEntry>("a warning or an error in the log");
  const sinks = new Map<string, Mailbox<Message>>([["caught", caught]]);
  const sink = (id: string): Mailbox<Message> => {
    const mailbox = sinks.get(id) ?? new Mailbox<Message>(`a msg at ${id}`);
    sinks.set(id, mailbox);
    return mailbox;
  };

  settings.init({});
  i18n.init({ lang: "en-US" });
  await registerCatalogs();
  const logHandler = new EventEmitter();
  logHandler.on("log", (entry: LogEntry) => {
    if (entry.level <= log.WARN && !isOfHelper(entry)) logged.push(entry);
  });
  log.addHandler(logHandler);
  hooks.add("onComplete.test", ({ node, msg, error }) => {
    const completion = { node: node.id, msg, error: asError(error) };
    if (onComplete) onComplete(completion);
    else completions.push(completion);
  });

  let events: EventEmitter | undefined;
  const onStatus = ({ id, status }: { id: string; status: NodeStatus }): void => statuses.push({ node: id, status });
  const testNodes: NodeInitializer = (RED) => {
    events = RED.events;
    events.on("node-status", onStatus);
    RED.nodes.registerType("sink", function (this: Node, config) {
      RED.nodes.createNode(this, config);
      this.on("input", (msg, _send, done) => {
        sink(this.id).push({ ...msg });
        done();
      });
    });
  };
  let loaded = true;
  const unload = async (): Promise<void> => {
    if (!loaded) return;
    loaded = false;
    await helper.unload();
    events?.off("node-status", onStatus);
    hooks.remove("*.test");
    log.removeHandler(logHandler);
  };
  cleanup(scope, unload);

  const initializers = Object.entries(ours).map(([name, initialize]) => translated(setName(name), initialize));
  await helper.load([testNodes, ...initializers, ...nodes], whole(flow), credentials);

  const runtime: Runtime = {
    caught,
    completions,
    statuses,
    log: logged,
    sink,
    node(id) {
      const node: Node | null = helper.getNode(id);
      if (node === null)
        throw new Error(`there is no node ${id}: ${JSON.stringify(logged.items.map(({ msg }) => msg))}`);
      return node;
    },
    inject(id, msg) {
      const message: Message = { ...msg };
      runtime.node(id).receive(message);
      return message;
    },
    async send(id, msg) {
      const message = runtime.inject(id, msg);
      return completions.next((completion) => completion.node === id && completion.msg === message);
    },
    async status(id, wanted) {
      const report = await statuses.next(({ node, status }) => node === id && matches(fieldsOf(status), wanted));
      return fieldsOf(report.status);
    },
    async deploy(next, type, nextCredentials) {
      if (events === undefined) throw new Error("nothing is loaded");
      const started = once(events, "flows:started");
      await runtimeNodes.setFlows(whole(next), nextCredentials, type);
      await within(started, () => `the ${type} deploy`);
    },
    request: () => helper.request(),
    unload,
  };
  return runtime;
}

/** A Catch node in every tab, for `caught`. */
function withCatch(flow: readonly FlowNode[]): FlowNode[] {
  const tabs = flow.filter(({ type }) => type === "tab").map(({ id }) => id);
  const catches = tabs.flatMap((tab) => [{ id: `catch-${tab}`, type: "catch", z: tab, wires: [["caught"]] }]);
  const [first] = tabs;
  return first === undefined ? [...flow] : [...flow, ...catches, { id: "caught", type: "sink", z: first, wires: [] }];
}

/** The set's name in package.json: octoprintMqttOut is octoprint-mqtt-out. */
function setName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Our texts, and those of Node-RED itself that its nodes and its log use. */
async function registerCatalogs(): Promise<void> {
  const register = i18n.registerMessageCatalog;
  for (const set of Object.keys(ours).map(setName)) {
    await register(`${packageName}/${set}`, join(packageDir, "nodes", set, "locales"), `${set}.json`);
  }
  const dirOf = (name: string): string => dirname(fromNodeRed.resolve(`${name}/package.json`));
  await register("runtime", join(dirOf("@node-red/runtime"), "locales"), "runtime.json");
  await register("node-red", join(dirOf("@node-red/nodes"), "locales"), "messages.json");
}

/** The helper registers its own node in an old way and stores credentials as they are: both are warnings. */
function isOfHelper({ msg }: LogEntry): boolean {
  const text = String(msg);
  return text.startsWith("[helper] Deprecated call") || text === log._("nodes.credentials.unencrypted");
}

/** The helper's `RED._` gives back the key: here it gives the text, as in Node-RED. */
function translated(set: string, initialize: NodeInitializer): NodeInitializer {
  return (RED) => {
    const text = (key: string, ...parameters: Record<string, string | number>[]): string =>
      i18n._(key.includes(":") ? key : `${packageName}/${set}:${key}`, ...parameters);
    const own: NodeAPI = Object.create(RED, { _: { value: text, enumerable: true } });
    return initialize(own);
  };
}

function matches(status: StatusFields, wanted: string | RegExp | ((status: StatusFields) => boolean)): boolean {
  if (typeof wanted === "function") return wanted(status);
  return typeof wanted === "string" ? status.text === wanted : wanted.test(status.text);
}

function fieldsOf(status: NodeStatus): StatusFields {
  return typeof status === "string"
    ? { fill: "", shape: "", text: status }
    : { fill: status.fill ?? "", shape: status.shape ?? "", text: status.text ?? "" };
}

function asError(error: unknown): Error | undefined {
  if (error === undefined || error === null) return undefined;
  return error instanceof Error ? error : new Error(String(error));
}
