import type { Node } from "node-red";
import type { AnyProblem } from "../node-red/any-problem.ts";
import type { MessageSource } from "../node-red/message-source.ts";
import type { CommandQueue } from "../octoprint/commands/command-queue.ts";
import type { Scheme } from "../octoprint/topics/scheme.ts";
import type { Camera } from "../server/camera.ts";
import type { OctoPrintApi } from "../server/octoprint-api.ts";
import type { PushConnection } from "../server/push-connection.ts";
import type { ServerCredentials } from "./settings.ts";

/** What speaks to the OctoPrint, or what is wrong with the settings. */
export type ServerClient =
  | { readonly ok: true; readonly api: OctoPrintApi; readonly push: PushConnection; readonly camera: Camera }
  | { readonly ok: false; readonly problem: AnyProblem };

/** The server node as the nodes of this package use it. */
export interface ServerNode extends Node<ServerCredentials> {
  client: ServerClient;
  /** The commands of all nodes to this OctoPrint, one after the other. */
  commandQueue: CommandQueue;
  /** Where a picture of the camera is; `""`: as OctoPrint is set up. */
  snapshotUrl: string;
  /** What the OctoPrint-MQTT plugin would publish of this OctoPrint, by a topic scheme. */
  messagesFor(scheme: Scheme): MessageSource;
  /** Calls back with what OctoPrint is called, its host at first, and at each change. Returns a function that stops this. */
  watchName(watcher: (name: string) => void): () => void;
}

/** Whether a node is an `octoprint-server`. */
export function isServer(node: Node | null): node is ServerNode {
  return node !== null && node.type === "octoprint-server" && "messagesFor" in node;
}
