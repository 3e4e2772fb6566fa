/**
 * Whether the flows have started: what a node sends before that is lost, for the nodes behind it do not exist yet.
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

  /** Calls back when the flows have started, soon if they have. Returns a function that cancels this. */
  once(callback: () => void): () => void {
    if (!this.#flowing) return this.wait(callback);
    const soon = setImmediate(callback);
    return () => clearImmediate(soon);
  }

  close(): void {
    this.#waiting.clear();
  }
}
