import type { ConnectionSettings } from "./client-options.ts";
import { failure, type Problem } from "./problem.ts";
import { addressOf } from "./server.ts";
import { UnexplainedLosses } from "./unexplained-losses.ts";

/** Why an attempt failed or a connection was lost: collects the reports, and has a reason if there is none. */
export class CloseReason {
  readonly #settings: ConnectionSettings;
  readonly #losses = new UnexplainedLosses();
  #reported: Problem | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** An attempt begins, or the broker has accepted it. */
  reset(): void {
    this.#reported = undefined;
  }

  /** The first reason is the one; what follows is its consequence. */
  report(problem: Problem): void {
    this.#reported ??= problem;
  }

  /** True where the other side closed the connection without a word. */
  get unexplained(): boolean {
    return this.#reported === undefined || this.#reported.code === "connection-reset";
  }

  get reported(): Problem | undefined {
    return this.#reported;
  }

  ofFailedAttempt(): Problem {
    this.#losses.clear();
    return this.#reported ?? failure("closed-by-server", { server: addressOf(this.#settings.server) }).problem;
  }

  /**
   * A connection that worked: neither port nor TLS can be the reason.
   *
   * @param explained what we had sent may be the reason
   */
  ofLoss(explained: boolean): Problem {
    const { clientId, randomClientId } = this.#settings;
    if (!this.unexplained) {
      this.#losses.clear();
      return this.#reported ?? failure("reconnecting").problem;
    }
    const counts = this.#reported === undefined && !explained && !randomClientId;
    const takenOver = counts && this.#losses.add(Date.now());
    return takenOver ? failure("taken-over-likely", { clientId }).problem : failure("reconnecting").problem;
  }
}
