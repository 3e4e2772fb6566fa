import type { Connection } from "../mqtt/connection.ts";
import type { ConnectionState, Publication, Subscriber } from "../mqtt/message.ts";
import type { Left } from "../mqtt/outbox.ts";
import { failure, type Problem } from "../mqtt/problem.ts";
import { FlowStart } from "../node-red/flow-start.ts";
import type { MessageSource } from "../node-red/message-source.ts";
import type { Link } from "../octoprint/tracking/observation.ts";

/**
 * A connection as nodes use it. Nothing is subscribed before the flows have started, because what a node sends before
 * is lost. Without usable settings, everything is refused with the reason.
 */
export class BrokerClient implements MessageSource {
  readonly hasBroker = true;
  readonly #connection: Connection | undefined;
  readonly #problem: Problem;
  readonly flowStart = new FlowStart();
  /** What is published while earlier messages are still being loaded. */
  #held: Publication[] | undefined;
  #loading: Promise<void> | undefined;
  #lack: Problem | undefined;
  readonly #tellAgain = new Set<() => void>();

  constructor(connection: Connection | undefined, problem: Problem = failure("url-missing").problem) {
    this.#connection = connection;
    this.#problem = problem;
  }

  onceFlowing(callback: () => void): () => void {
    return this.flowStart.once(callback);
  }

  /** How many messages wait to be published. */
  get waiting(): number {
    return this.#connection?.waiting ?? 0;
  }

  watch(watcher: (state: ConnectionState) => void): () => void {
    const connection = this.#connection;
    if (connection === undefined) {
      watcher({ phase: "disconnected", problem: this.#problem });
      return () => undefined;
    }
    const tell = (state: ConnectionState): void => {
      const problem = this.#lack;
      watcher(problem !== undefined && state.phase === "connected" ? { ...state, problem } : state);
    };
    const tellAgain = (): void => tell(connection.state);
    const leave = connection.watch(tell);
    this.#tellAgain.add(tellAgain);
    return () => {
      this.#tellAgain.delete(tellAgain);
      leave();
    };
  }

  /** Something does not work, though the connection does. */
  lacks(problem: Problem): void {
    this.#lack = problem;
    for (const tell of this.#tellAgain) tell();
  }

  watchLink(watcher: (link: Link["connection"]) => void): () => void {
    let last: ConnectionState["phase"] | undefined;
    return this.watch(({ phase }) => {
      if (phase === last || (phase !== "connected" && phase !== "disconnected")) return;
      last = phase;
      watcher(phase);
    });
  }

  subscribe(filters: readonly string[], subscriber: Subscriber, group = ""): () => void {
    const connection = this.#connection;
    if (connection === undefined) return () => undefined;
    let leave = (): void => undefined;
    const subscribe = (): void => {
      const joined = connection.subscribe(filters, subscriber, group);
      if (joined.ok) leave = joined.leave;
      else subscriber.refused(joined.problem);
    };
    let cancel = (): void => undefined;
    if (this.flowStart.flowing) subscribe();
    else cancel = this.flowStart.wait(subscribe);
    return () => {
      cancel();
      leave();
    };
  }

  publish(publication: Publication): void {
    if (this.#held !== undefined) this.#held.push(publication);
    else if (this.#connection) this.#connection.publish(publication);
    else publication.done(this.#problem);
  }

  /** Publishes the loaded messages first. */
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

  /** @param keep return what may wait, for the caller to keep; else it is lost */
  async close(keep = false): Promise<Left> {
    this.flowStart.close();
    await this.#loading;
    return (await this.#connection?.close(keep)) ?? { kept: [], lost: 0 };
  }
}
