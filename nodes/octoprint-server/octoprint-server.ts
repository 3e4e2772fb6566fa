import type { NodeAPI, NodeDef } from "node-red";
import type { AnyProblem } from "../node-red/any-problem.ts";
import { FlowStart } from "../node-red/flow-start.ts";
import type { MessageSource, SourceState } from "../node-red/message-source.ts";
import { guarded, problemText } from "../node-red/report.ts";
import { textsOf } from "../node-red/text-settings.ts";
import { tlsOptions } from "../node-red/tls-config.ts";
import { CommandQueue } from "../octoprint/commands/command-queue.ts";
import { Camera } from "../server/camera.ts";
import { FirstAttempts } from "../server/first-attempts.ts";
import type { ConnectionState } from "../server/message.ts";
import { OctoPrintApi } from "../server/octoprint-api.ts";
import { failure } from "../server/problem.ts";
import { PushConnection } from "../server/push-connection.ts";
import { connectionSettings } from "./connection-settings.ts";
import { registerAdmin } from "./dialogs/admin.ts";
import { InstanceName } from "./instance-name.ts";
import { PluginRunner } from "./plugin-runner.ts";
import type { ServerClient, ServerNode } from "./server-node.ts";
import { ServerSource } from "./server-source.ts";
import { isThrottle, type ServerCredentials, type ServerNodeSettings, serverDefaults } from "./settings.ts";
import { UnusableSource } from "./unusable-source.ts";

/** A connection that has lasted this long was a good one, ms: what ends it is news. */
const good = 10_000;

export default (RED: NodeAPI): void => {
  const flowStart = new FlowStart();
  const follow = followFlows(RED, flowStart);
  const firstAttempts = new FirstAttempts();

  function OctoPrintServerNode(this: ServerNode, definition: NodeDef & Partial<ServerNodeSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings = textsOf(serverDefaults, definition);
    this.commandQueue = new CommandQueue();
    this.snapshotUrl = settings.snapshotUrl;
    this.client = open(RED, this, settings, firstAttempts);
    const stop = this.client.ok
      ? run(RED, this, this.client, { flowStart, throttle: Number(settings.throttle) })
      : refuse(this, this.client.problem, flowStart);
    const leave = follow();
    this.on("close", () => {
      leave();
      stop();
    });
  }
  RED.nodes.registerType<ServerNode, NodeDef & Partial<ServerNodeSettings>, object, ServerCredentials>(
    "octoprint-server",
    OctoPrintServerNode,
    { credentials: { apiKey: { type: "password" }, proxyUser: { type: "text" }, proxyPassword: { type: "password" } } },
  );
  registerAdmin(RED);
};

/** Two listeners for all nodes: with two a node Node-RED would warn of the eleventh. Returns what a node joins by. */
function followFlows(RED: NodeAPI, flowStart: FlowStart): () => () => void {
  const starting = (): void => flowStart.starting();
  const started = (): void => flowStart.started();
  let nodes = 0;
  return () => {
    if (nodes++ === 0) {
      flowStart.starting();
      RED.events.on("flows:starting", starting);
      RED.events.on("flows:started", started);
    }
    return () => {
      if (--nodes > 0) return;
      RED.events.off("flows:starting", starting);
      RED.events.off("flows:started", started);
    };
  };
}

function open(
  RED: NodeAPI,
  node: ServerNode,
  settings: ServerNodeSettings,
  firstAttempts: FirstAttempts,
): ServerClient {
  const tls = tlsOptions(RED, settings.tls);
  if (tls === undefined) return failure("tls-settings", { reason: settings.tls });
  if (!isThrottle(`${settings.throttle}`)) return failure("throttle-invalid");
  const checked = connectionSettings(settings, node.credentials ?? {}, tls);
  if (!checked.ok) return checked;
  const api = new OctoPrintApi(checked.settings);
  const throttle = Number(settings.throttle);
  const push = new PushConnection(api, { throttle, logs: false, plugins: false }, {}, () => firstAttempts.delay());
  return { ok: true, api, push, camera: new Camera(api, settings.snapshotUrl) };
}

/** Returns a function that ends it. */
function run(
  RED: NodeAPI,
  node: ServerNode,
  { api, push }: Extract<ServerClient, { ok: true }>,
  { flowStart, throttle }: { readonly flowStart: FlowStart; readonly throttle: number },
): () => void {
  const guard = (action: () => void): void => guarded(node, action);
  const runner = new PluginRunner({ api, push, throttle, guard });
  const name = new InstanceName(api, push, guard);
  const watch: MessageSource["watch"] = (watcher) =>
    push.observe({ state: (state) => watcher(shownAs(state)), frame: () => undefined });
  node.messagesFor = (scheme) => new ServerSource({ runner, flowStart, scheme, watch });
  node.watchName = (watcher) => name.watch(watcher);
  const stopLogging = logReasons(RED, node, push);
  return () => {
    stopLogging();
    runner.close();
    name.close();
    push.close();
  };
}

/** It opens with the first node that receives, which is about to come. */
function shownAs({ phase, problem }: ConnectionState): SourceState {
  return { phase: phase === "idle" ? "connecting" : phase, ...(problem === undefined ? {} : { problem }) };
}

function refuse(node: ServerNode, problem: AnyProblem, flowStart: FlowStart): () => void {
  node.messagesFor = () => new UnusableSource(problem, flowStart);
  node.watchName = (watcher) => {
    watcher(node.name ?? "");
    return () => undefined;
  };
  return () => undefined;
}

/** Each reason once in the log until OctoPrint is back for good: one that is off all night is one line. */
function logReasons(RED: NodeAPI, node: ServerNode, push: PushConnection): () => void {
  const logged = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const ignore = push.observe({
    state: ({ phase, problem }) => {
      clearTimeout(timer);
      if (problem !== undefined && !logged.has(problem.code)) {
        logged.add(problem.code);
        node.warn(problemText(RED, problem));
      }
      if (phase !== "connected" || problem !== undefined || logged.size === 0) return;
      timer = setTimeout(() => {
        logged.clear();
        node.log(RED._("log.back"));
      }, good).unref();
    },
    frame: () => undefined,
  });
  return () => {
    clearTimeout(timer);
    ignore();
  };
}
