import { EventEmitter } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Node, NodeInitializer } from "node-red";
import { within } from "../support/mailbox.ts";
import { fromNodeRedDir } from "../support/node-red.ts";
import type { Message } from "../support/runtime.ts";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** The helper spies on Node-RED and keeps each call of a node's methods and each line of the log, with the stack. */
const helper: { readonly _sandbox: { resetHistory(): void } } = fromNodeRedDir("node-red-node-test-helper");

export function forgetSpies(): void {
  helper._sandbox.resetHistory();
}

/** Bytes in use after a full collection. */
export function heapInUse(): number {
  forgetSpies();
  if (typeof collect !== "function") throw new Error("this Node.js cannot collect its garbage on demand");
  collect();
  // The first one leaves buffers to be freed in the background; the second one waits for that.
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A node type `count`: what comes is handed to `receive` and forgotten. */
export function countNode(receive: (id: string, msg: Message) => void): NodeInitializer {
  return (RED) => {
    RED.nodes.registerType("count", function (this: Node, config) {
      RED.nodes.createNode(this, config);
      this.on("input", (msg, _send, done) => {
        receive(this.id, { ...msg });
        done();
      });
    });
  };
}

/** How many listeners an emitter has, by event. */
export function listeners(emitter: EventEmitter): Record<string, number> {
  return Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
}

/** Sockets, timers and what else keeps the process alive, by kind; not what is over with this turn of the event loop. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  const lasting = process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate");
  for (const kind of lasting.sort()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** A condition that others bring about: `check()` after each change. */
export class Condition {
  readonly #changed = new EventEmitter();

  check(): void {
    this.#changed.emit("changed");
  }

  /** Waits until it is so. */
  async when(isSo: () => boolean, what: () => string): Promise<void> {
    if (isSo()) return;
    const fulfilled = new Promise<void>((resolve) => {
      const check = (): void => {
        if (!isSo()) return;
        this.#changed.off("changed", check);
        resolve();
      };
      this.#changed.on("changed", check);
    });
    await within(fulfilled, what);
  }
}
