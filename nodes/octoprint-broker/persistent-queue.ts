import { Buffer } from "node:buffer";
import type { Node } from "node-red";
import type { Publication } from "../mqtt/message.ts";
import { isRecord } from "../octoprint/messages/json.ts";

/** The key in the node's context. */
const key = "queue";

/** What of a message outlives the run that was to publish it. */
export type Unsent = Pick<Publication, "topic" | "payload" | "qos" | "retain">;

/** What waits for the broker, kept over a restart of Node-RED in a context store, which may be a file of JSON. */
export class PersistentQueue {
  readonly #node: Node;
  readonly #store: string;
  #closing = false;

  constructor(node: Node, store: string) {
    this.#node = node;
    this.#store = store;
  }

  /**
   * What an earlier run left, in its order. It is forgotten when the last of it is published or refused: after a
   * sudden end some of it may come twice, but none of it never.
   *
   * @param refused is told in the end how many were refused
   */
  async restore(refused: (count: number) => void): Promise<Publication[]> {
    const messages = await this.#load();
    let open = messages.length;
    let lost = 0;
    const done: Publication["done"] = (problem) => {
      if (problem !== undefined) lost++;
      if (--open > 0 || this.#closing) return;
      if (lost > 0) refused(lost);
      // Where that fails, the end will tell.
      this.keep([]).catch(() => undefined);
    };
    return messages.map((message) => ({ ...message, queue: true, done }));
  }

  /** From now on the store is left as it is until `keep`. */
  beforeClose(): void {
    this.#closing = true;
  }

  keep(messages: readonly Unsent[]): Promise<void> {
    const value = messages.length === 0 ? undefined : messages.map(storedOf);
    return new Promise((resolve, reject) => {
      this.#node.context().set(key, value, this.#store, (error: unknown) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #load(): Promise<Unsent[]> {
    return new Promise((resolve, reject) => {
      this.#node.context().get(key, this.#store, (error: unknown, value: unknown) => {
        if (error) reject(error);
        else resolve(Array.isArray(value) ? value.flatMap(unsentOf) : []);
      });
    });
  }
}

function storedOf({ topic, payload, qos, retain }: Unsent): object {
  const content = typeof payload === "string" ? { text: payload } : { base64: payload.toString("base64") };
  return { topic, ...content, qos, retain };
}

/** A store may hold anything: what is no message is left out. */
function unsentOf(stored: unknown): Unsent[] {
  if (!isRecord(stored)) return [];
  const { topic, text, base64, qos, retain } = stored;
  if (typeof topic !== "string" || typeof retain !== "boolean") return [];
  if (qos !== 0 && qos !== 1 && qos !== 2) return [];
  if (typeof text === "string") return [{ topic, payload: text, qos, retain }];
  return typeof base64 === "string" ? [{ topic, payload: Buffer.from(base64, "base64"), qos, retain }] : [];
}
