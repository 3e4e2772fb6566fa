import type { Node } from "node-red";
import type { Publication } from "../mqtt/message.ts";
import { failure, type Problem } from "../mqtt/problem.ts";
import { readContext, SilentStore, writeContext } from "./context-store.ts";
import { decodeStored, encodeStored, type StoredMessage } from "./stored-message.ts";

/** The key in the node's context. */
const key = "queue";

/** Where the queue is kept, and for how long. */
export interface QueueSettings {
  /** The context store that keeps the queue; `""`: none does any more. */
  readonly store: string;
  /** The other context stores: it may have been one of these. */
  readonly others: readonly string[];
  /** The server that the queue is for. */
  readonly server: string;
  /** How old a message may become in a store, ms. */
  readonly maxAge: number;
}

/** What to tell the user. */
export interface QueueReports {
  /** How many kept messages could not be published. */
  lost(count: number): void;
  /** How many were too old. */
  expired(count: number): void;
  /** How many are for another server, and stay where they are. */
  elsewhere(count: number, server: string): void;
  /** The store cannot be read. */
  unreadable(problem: Problem): void;
  /** The store cannot be written. */
  notKept(problem: Problem): void;
}

/** What waits for the broker, kept over a restart of Node-RED in a context store. */
export class PersistentQueue {
  readonly #node: Node;
  readonly #settings: QueueSettings;
  readonly #reports: QueueReports;
  /** What stays in the store, for another server or for the next start. */
  #staying: readonly StoredMessage[] = [];
  /** There is nothing in the store, as far as is known. */
  #empty = true;
  #moved: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(node: Node, settings: QueueSettings, reports: QueueReports) {
    this.#node = node;
    this.#settings = settings;
    this.#reports = reports;
  }

  /** Whether to keep what waits at the end. */
  get keeps(): boolean {
    return this.#settings.store !== "";
  }

  /**
   * What earlier runs left for this server, in order, from any store. It is deleted when the last
   * message is published or refused: after a crash, some messages may come twice, but none is lost.
   */
  async restore(): Promise<Publication[]> {
    const { store, others } = this.#settings;
    const [chosen = [], ...found] = await Promise.all([
      this.keeps ? this.#readChosen() : [],
      ...others.map((name) => this.#read(name).catch(() => [])),
    ]);
    this.#empty = chosen.length === 0;
    const all = [...chosen, ...found.flat()].toSorted((one, other) => one.at - other.at);
    const fresh = all.filter(({ at }) => Date.now() - at <= this.#settings.maxAge);
    if (fresh.length < all.length) this.#reports.expired(all.length - fresh.length);
    const own = fresh.filter((message) => this.#isOwn(message));
    const foreign = fresh.filter((message) => !this.#isOwn(message));
    this.#tellOfForeign(foreign);
    if (this.keeps) this.#staying = [...this.#staying, ...foreign];
    const stores = others.filter((_, index) => found[index]?.length);
    if (stores.length > 0) this.#moved = this.#takeOver(stores, this.keeps ? { store, messages: fresh } : undefined);
    return this.#publicationsOf(own);
  }

  /** From now on the store is left as it is until `keep`. */
  beforeClose(): void {
    this.#closing = true;
  }

  /** Keeps what waits, and calls `done` of each. Never rejects. */
  async keep(publications: readonly Publication[]): Promise<void> {
    try {
      await this.#write(publications);
      for (const { done } of publications) done(undefined, true);
    } catch (error) {
      this.#reports.notKept(problemOf(this.#settings.store, error));
      if (publications.length > 0) this.#reports.lost(publications.length);
      for (const { done } of publications) done(failure("connection-closed").problem);
    }
  }

  async #write(publications: readonly Publication[]): Promise<void> {
    await this.#moved;
    const { server, store } = this.#settings;
    const own = publications.map(({ topic, payload, qos, retain, at = Date.now() }) => {
      return { topic, payload, qos, retain, server, at };
    });
    const messages = [...this.#staying, ...own];
    if (messages.length === 0 && this.#empty) return;
    await this.#set(store, messages);
    this.#empty = messages.length === 0;
  }

  #publicationsOf(own: readonly StoredMessage[]): Publication[] {
    let open = own.length;
    let lost = 0;
    const done: Publication["done"] = (problem) => {
      if (problem !== undefined) lost++;
      if (--open > 0 || this.#closing) return;
      if (lost > 0) this.#reports.lost(lost);
      // Where that fails, the end will tell.
      if (this.keeps) this.#write([]).catch(() => undefined);
    };
    return own.map(({ topic, payload, qos, retain, at }) => ({ topic, payload, qos, retain, at, queue: true, done }));
  }

  /** What other stores hold is moved to the chosen one; where there is none, the rest stays where it is. */
  async #takeOver(
    stores: readonly string[],
    to: { readonly store: string; readonly messages: readonly StoredMessage[] } | undefined,
  ): Promise<void> {
    try {
      if (to !== undefined) await this.#set(to.store, to.messages);
      this.#empty = false;
      await Promise.all(stores.map((name) => this.#leaveForeign(name, to !== undefined)));
    } catch (error) {
      this.#reports.notKept(problemOf(to?.store ?? stores.join(", "), error));
    }
  }

  async #leaveForeign(store: string, moved: boolean): Promise<void> {
    const foreign = moved ? [] : (await this.#read(store)).filter((message) => !this.#isOwn(message));
    await this.#set(store, foreign);
  }

  #isOwn({ server }: StoredMessage): boolean {
    return server === this.#settings.server;
  }

  #tellOfForeign(foreign: readonly StoredMessage[]): void {
    for (const server of new Set(foreign.map((message) => message.server))) {
      this.#reports.elsewhere(foreign.filter((message) => message.server === server).length, server);
    }
  }

  async #readChosen(): Promise<StoredMessage[]> {
    const { store } = this.#settings;
    const late = (value: unknown): void => {
      // Too late to be published in its turn: it stays for the next start.
      this.#staying = [...decodeStored(value), ...this.#staying];
      this.#empty &&= this.#staying.length === 0;
    };
    try {
      return await this.#read(store, late);
    } catch (error) {
      this.#reports.unreadable(problemOf(store, error));
      return [];
    }
  }

  async #read(store: string, late?: (value: unknown) => void): Promise<StoredMessage[]> {
    return decodeStored(await readContext(this.#node, { key, store }, late));
  }

  #set(store: string, messages: readonly StoredMessage[]): Promise<void> {
    return writeContext(this.#node, { key, store }, messages.length === 0 ? undefined : messages.map(encodeStored));
  }
}

function problemOf(store: string, error: unknown): Problem {
  const silent = error instanceof SilentStore;
  return (silent ? failure("store-silent", { store }) : failure("store-failed", { store, reason: String(error) }))
    .problem;
}
