import { once } from "node:events";
import { WebSocket } from "ws";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";

/** What a debug node shows in the sidebar. */
export interface DebugMessage {
  /** The debug node. */
  readonly id: string;
  /** The msg's. */
  readonly topic?: string;
  /** What is shown, as text: an object as JSON. */
  readonly msg: string;
}

export interface NodeStatus {
  readonly id: string;
  readonly text: string;
  readonly fill: string;
}

/** What an editor in a browser gets from a Node-RED. */
export interface EditorEvents {
  readonly debug: Mailbox<DebugMessage>;
  readonly status: Mailbox<NodeStatus>;
}

type Packet = readonly {
  readonly topic: string;
  readonly data: { readonly id?: string; readonly topic?: string; readonly msg?: string } & Partial<NodeStatus>;
}[];

/** Connects to a Node-RED as an editor does. */
export async function connectAsEditor(scope: Scope, url: string): Promise<EditorEvents> {
  const events = {
    debug: new Mailbox<DebugMessage>("a message in the debug sidebar"),
    status: new Mailbox<NodeStatus>("a status on the canvas"),
  };
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/comms`);
  cleanup(scope, () => socket.terminate());
  socket.on("message", (data: Buffer) => {
    const packet: Packet = JSON.parse(data.toString());
    for (const { topic, data } of packet) {
      const { id = topic.replace("status/", ""), text = "", fill = "", msg = "" } = data;
      if (topic.startsWith("status/")) events.status.push({ id, text, fill });
      if (topic === "debug") events.debug.push({ id, msg, ...(data.topic !== undefined && { topic: data.topic }) });
    }
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ subscribe: "status/#" }));
  return events;
}
