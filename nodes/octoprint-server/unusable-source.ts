import type { Publication } from "../mqtt/message.ts";
import { failure } from "../mqtt/problem.ts";
import type { AnyProblem } from "../node-red/any-problem.ts";
import type { FlowStart } from "../node-red/flow-start.ts";
import type { MessageSource, SourceState } from "../node-red/message-source.ts";
import type { Link } from "../octoprint/tracking/observation.ts";

/** What a server node with wrong settings gives: nothing, and why. */
export class UnusableSource implements MessageSource {
  readonly hasBroker = false;
  readonly waiting = 0;
  readonly #problem: AnyProblem;
  readonly #flowStart: FlowStart;

  constructor(problem: AnyProblem, flowStart: FlowStart) {
    this.#problem = problem;
    this.#flowStart = flowStart;
  }

  watch(watcher: (state: SourceState) => void): () => void {
    watcher({ phase: "disconnected", problem: this.#problem });
    return () => undefined;
  }

  watchLink(watcher: (link: Link["connection"]) => void): () => void {
    watcher("refused");
    return () => undefined;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  onceFlowing(callback: () => void): () => void {
    return this.#flowStart.once(callback);
  }

  publish({ done }: Publication): void {
    done(failure("no-broker").problem);
  }

  withdraw(): void {}
}
