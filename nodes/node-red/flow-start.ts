import type { NodeAPI } from "node-red";

/**
 * Whether the flows have started: what a node sends before is lost, because the nodes behind it do not exist yet.
 */
export class FlowStart {
  #flowing = false;
  readonly #waiting = new Set<() => void>();

  starting(): void {
    this.#flowing = false;
  }

  started(): void {
    this.#flowing = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** Calls back when the flows have started. Returns a function that cancels this. */
  wait(callback: () => void): () => void {
    this.#waiting.add(callback);
    return () => void this.#waiting.delete(callback);
  }

  /** Calls back when the flows have started; soon, if they already have. Returns a function that cancels this. */
  once(callback: () => void): () => void {
    if (!this.#flowing) return this.wait(callback);
    const soon = setImmediate(callback);
    return () => clearImmediate(soon);
  }

  close(): void {
    this.#waiting.clear();
  }
}

/**
 * Tells every `FlowStart` of a kind of nodes when the flows start, with one listener for all: Node-RED warns of more
 * than ten.
 *
 * @example
 * const starts = new FlowStarts(RED);
 * const leave = starts.join(client.flowStart);
 */
export class FlowStarts {
  readonly #events: NodeAPI["events"];
  readonly #members = new Set<FlowStart>();
  readonly #starting = (): void => {
    for (const member of this.#members) member.starting();
  };
  readonly #started = (): void => {
    for (const member of [...this.#members]) member.started();
  };

  constructor({ events }: NodeAPI) {
    this.#events = events;
  }

  /** Returns a function that removes it. */
  join(member: FlowStart): () => void {
    if (this.#members.size === 0) {
      this.#events.on("flows:starting", this.#starting);
      this.#events.on("flows:started", this.#started);
    }
    this.#members.add(member);
    return () => {
      this.#members.delete(member);
      if (this.#members.size > 0) return;
      this.#events.off("flows:starting", this.#starting);
      this.#events.off("flows:started", this.#started);
    };
  }
}
