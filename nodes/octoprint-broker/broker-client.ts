import type { Connection } from "../mqtt/connection.ts";
import type { ConnectionState, Publication, Subscriber } from "../mqtt/message.ts";
import type { Left } from "../mqtt/outbox.ts";
import { failure, type Problem } from "../mqtt/problem.ts";
import type { MessageSource } from "../node-red/message-source.ts";

/**
 * A connection as nodes use it: nothing is subscribed before the flows have started, for what a node sends before
 * that is lost; and without usable settings everything is refused with the reason.
 */
export class BrokerClient implements MessageSource {
  readonly #connection: Connection | undefined;
  readonly #problem: Problem;
  #flowing = false;
  readonly #waiting = new Set<() => void>();
  /** What is published while it is not known yet what comes before it. */
  #held: Publication[] | undefined;
  #loading: Promise<void> | undefined;

  constructor(connection: Connection | undefined, problem: Problem = failure("url-missing").problem) {
    this.#connection = connection;
    this.#problem = problem;
  }

  flowsStarting(): void {
    this.#flowing = false;
  }

  flowsStarted(): void {
    this.#flowing = true;
    for (const subscribe of this.#waiting) subscribe();
    this.#waiting.clear();
  }

  /** Calls back when the flows have started, where they have soon. The result cancels that. */
  onceFlowing(callback: () => void): () => void {
    if (this.#flowing) {
      const soon = setImmediate(callback);
      return () => clearImmediate(soon);
    }
    this.#waiting.add(callback);
    return () => void this.#waiting.delete(callback);
  }

  /** How many messages wait to be published. */
  get waiting(): number {
    return this.#connection?.waiting ?? 0;
  }

  watch(watcher: (state: ConnectionState) => void): () => void {
    if (this.#connection) return this.#connection.watch(watcher);
    watcher({ phase: "disconnected", problem: this.#problem });
    return () => undefined;
  }

  /**
   * The result unsubscribes.
   *
   * @param group whom the broker shares the messages out among; `""`: nobody
   */
  subscribe(filters: readonly string[], subscriber: Subscriber, group = ""): () => void {
    const connection = this.#connection;
    if (connection === undefined) return () => undefined;
    let leave = (): void => undefined;
    const subscribe = (): void => {
      const joined = connection.subscribe(filters, subscriber, group);
      if (joined.ok) leave = joined.leave;
      else subscriber.refused(joined.problem);
    };
    if (this.#flowing) subscribe();
    else this.#waiting.add(subscribe);
    return () => {
      this.#waiting.delete(subscribe);
      leave();
    };
  }

  publish(publication: Publication): void {
    if (this.#held !== undefined) this.#held.push(publication);
    else if (this.#connection) this.#connection.publish(publication);
    else publication.done(this.#problem);
  }

  /** Publishes what is being loaded before all else. */
  publishFirst(loading: Promise<readonly Publication[]>): void {
    this.#held = [];
    this.#loading = loading.then((first) => {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const publication of [...first, ...held]) this.publish(publication);
    });
  }

  withdraw(owner: unknown): void {
    const held = this.#held?.filter((publication) => publication.owner === owner) ?? [];
    this.#held = this.#held?.filter((publication) => !held.includes(publication));
    for (const publication of held) publication.done(failure("node-removed").problem);
    this.#connection?.withdraw(owner);
  }

  /** The filters that the broker's session may hold, for the next connection to `remember`. */
  get session(): readonly string[] {
    return this.#connection?.session ?? [];
  }

  remember(session: readonly string[]): void {
    this.#connection?.remember(session);
  }

  /** @param keep what may wait is the caller's from then on; else it is lost */
  async close(keep = false): Promise<Left> {
    this.#waiting.clear();
    await this.#loading;
    return (await this.#connection?.close(keep)) ?? { kept: [], lost: 0 };
  }
}
