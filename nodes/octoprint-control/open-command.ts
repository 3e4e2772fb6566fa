import type { AnyProblem } from "../node-red/any-problem.ts";
import type { CommandQueue, QueuedCommand } from "../octoprint/commands/command-queue.ts";
import type { CommandRow } from "../octoprint/commands/command-row.ts";
import { commands } from "../octoprint/commands/commands-table.ts";
import type { Observed } from "../octoprint/commands/observed.ts";
import type { Phase } from "../octoprint/tracking/observation.ts";
import type { CommandAnswer, CommandWay, Failed, Sent } from "./command-way.ts";
import type { RequestedCommand } from "./requested-command.ts";

/** How a command ended: exactly once. */
export type Outcome =
  | { readonly ok: true; readonly answer: CommandAnswer | undefined; readonly happened: boolean }
  | Failed;

/** What one command needs: what to do, by which way, and who is told. */
export interface OpenCommandParts {
  readonly requested: RequestedCommand;
  readonly way: CommandWay;
  readonly queue: CommandQueue;
  readonly wait: "happened" | "accepted";
  /** ms */
  readonly timeout: number;
  /** What the printer does while it is waited for: "Pausing". */
  readonly waiting: (state: string) => void;
  readonly ended: (outcome: Outcome) => void;
}

type Accepted = Extract<Sent, { readonly before: Observed }>;

/** One command from the msg to its end. */
export class OpenCommand implements QueuedCommand {
  readonly urgent: boolean;
  readonly replaces: readonly string[];
  readonly #parts: OpenCommandParts;
  readonly #row: CommandRow;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #began = false;
  /** Something may be on its way to the printer. */
  #sent = false;
  #answered = false;
  #ended = false;
  #late = false;
  /** What it waits for, in OctoPrint's word. */
  #state: string | undefined;
  /** Why the printer could not be asked the last time. */
  #blind: AnyProblem | undefined;
  #stopListening: (() => void) | undefined;

  constructor(parts: OpenCommandParts) {
    const { command, parameters } = parts.requested;
    this.#parts = parts;
    this.#row = commands[command];
    this.urgent = this.#row.urgent === true;
    this.replaces = this.#row.replaces?.(parameters) ?? [];
    this.#timer = setTimeout(() => this.#timeIsUp(), parts.timeout);
  }

  start(): void {
    this.#parts.queue.enter(this);
  }

  refuse(problem: AnyProblem): void {
    this.#end({ ok: false, problem });
  }

  /** The node goes. */
  abandon(): void {
    this.#end({ ok: false, problem: { code: this.#sent ? "command-abandoned" : "command-withdrawn" } });
  }

  /** In its turn; the next command's turn comes when this one is answered. */
  async run(): Promise<void> {
    this.#began = true;
    if (this.#ended) return;
    try {
      this.#stopListening ??= this.#parts.way.listenFor?.(this.#parts.requested);
      await this.#send();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #send(): Promise<void> {
    this.#sent = true;
    const sent = await this.#parts.way.send(this.#parts.requested, this.#controller.signal);
    if (this.#ended) return;
    if (!sent.ok) return this.#end(sent);
    // Out of turn: a stuck pause must not hold up a cancel.
    if ("waitFor" in sent) {
      this.#sent = false;
      void this.#waitForTurn(sent.waitFor).catch((error: unknown) => this.#fail(error));
      return;
    }
    this.#answered = true;
    void this.#follow(sent).catch((error: unknown) => this.#fail(error));
  }

  async #waitForTurn(state: string): Promise<void> {
    this.#wait(state);
    await this.#parts.way.changed(this.#controller.signal);
    if (this.#ended) return;
    if (this.#late) return this.#giveUp();
    this.#began = false;
    this.#parts.queue.reenter(this);
  }

  async #follow(sent: Accepted): Promise<void> {
    const answer = await sent.answer;
    if (this.#ended) return;
    const { happened } = this.#row;
    if (happened === undefined || this.#parts.wait === "accepted") {
      return this.#end({ ok: true, answer, happened: happened === undefined && answer !== undefined });
    }
    const phases = new Set<Phase>();
    for (;;) {
      const verdict = await this.#look(sent, phases);
      if (this.#ended) return;
      if (verdict === "yes") return this.#end({ ok: true, answer, happened: true });
      if (verdict !== "no") return this.#end({ ok: false, problem: verdict });
      if (this.#late) return this.#giveUp();
      await this.#parts.way.changed(this.#controller.signal);
      if (this.#ended) return;
    }
  }

  async #look({ before, targets }: Accepted, phases: Set<Phase>): Promise<"yes" | "no" | AnyProblem> {
    const { happened } = this.#row;
    const { requested, way } = this.#parts;
    if (happened === undefined) return "yes";
    const observed = await way.observe(requested, happened.reads, this.#controller.signal);
    if (!observed.ok) {
      // OctoPrint may be back before the time is up.
      this.#blind = observed.problem;
      return "no";
    }
    this.#blind = undefined;
    const { now } = observed;
    if (now.phase !== undefined) phases.add(now.phase);
    const verdict = happened.judge(requested.parameters, { before, now, phases, targets });
    if (verdict === "no") this.#wait(now.text ?? "…");
    return verdict;
  }

  #wait(state: string): void {
    this.#state = state;
    this.#parts.waiting(state);
  }

  /** While a request is under way it has its own limit, and its answer is worth waiting for. */
  #timeIsUp(): void {
    this.#late = true;
    if (!this.#began) {
      this.#parts.queue.leave(this);
      return this.#giveUp();
    }
    if (this.#answered || this.#state !== undefined) this.#giveUp();
  }

  #giveUp(): void {
    const seconds = Math.round(this.#parts.timeout / 1000);
    const state = this.#state;
    if (this.#blind !== undefined) return this.#end({ ok: false, problem: this.#blind });
    if (!this.#sent && state === undefined)
      return this.#end({ ok: false, problem: { code: "command-not-sent", seconds } });
    const moving = state !== undefined && /^(?:Pausing|Cancell?ing|Resuming|Finishing)/i.test(state);
    this.#end({
      ok: false,
      problem: moving ? { code: "still-waiting", state, seconds } : { code: "not-happened", seconds },
    });
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#end({ ok: false, problem: { code: "command-failed", reason } });
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#parts.queue.leave(this);
    this.#controller.abort();
    this.#stopListening?.();
    this.#parts.ended(outcome);
  }
}
