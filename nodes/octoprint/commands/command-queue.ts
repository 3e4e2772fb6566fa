import { failure, type Problem } from "../problem.ts";

/** Commands that wait at most, and commands a second. */
const mostWaiting = 10;
const mostPerSecond = 10;

/** A command for the printer. */
export interface QueuedCommand {
  /** Goes past all others, and is not counted. */
  readonly urgent: boolean;
  /** What a newer command makes pointless while this one waits: the heaters whose targets it sets. */
  readonly replaces: readonly string[];
  /** Begins; the next one begins when this has ended. Must not reject. */
  run(): Promise<void>;
  /** It will not begin. */
  refuse(problem: Problem): void;
}

/**
 * The commands for one printer: one after the other, each until OctoPrint has answered. What waits for the printer to
 * do something does not hold up the others.
 */
export class CommandQueue {
  readonly #now: () => number;
  readonly #waiting: QueuedCommand[] = [];
  /** When the last ones came, the oldest first. */
  #times: number[] = [];
  #busy = false;

  /** @param now our clock, ms */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  /** Takes a command, or refuses it: what is too much is not kept. */
  enter(command: QueuedCommand): void {
    if (command.urgent) {
      void command.run();
      return;
    }
    const now = this.#now();
    this.#times = this.#times.filter((time) => now - time < 1000);
    if (this.#times.length >= mostPerSecond) {
      return command.refuse(failure("commands-too-fast", { limit: mostPerSecond }).problem);
    }
    this.#times.push(now);
    this.#replace(command.replaces);
    if (this.#waiting.length >= mostWaiting) {
      return command.refuse(failure("commands-waiting", { limit: mostWaiting }).problem);
    }
    this.#take(command);
  }

  /** Takes a command that has waited for the printer; it was counted when it came. */
  reenter(command: QueuedCommand): void {
    this.#take(command);
  }

  /** Nothing waits, nothing is under way, and nothing came within a second. */
  get idle(): boolean {
    const newest = this.#times.at(-1);
    return !this.#busy && this.#waiting.length === 0 && (newest === undefined || this.#now() - newest >= 1000);
  }

  /** Forgets a command that has not begun. */
  leave(command: QueuedCommand): void {
    const place = this.#waiting.indexOf(command);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  #take(command: QueuedCommand): void {
    this.#waiting.push(command);
    this.#advance();
  }

  /** Of several targets for one heater only the newest is sent. */
  #replace(newer: readonly string[]): void {
    const replaced = this.#waiting.filter(
      ({ replaces }) => replaces.length > 0 && replaces.every((name) => newer.includes(name)),
    );
    for (const command of replaced) {
      this.leave(command);
      command.refuse(failure("command-replaced").problem);
    }
  }

  #advance(): void {
    if (this.#busy) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy = true;
    void next.run().then(() => {
      this.#busy = false;
      this.#advance();
    });
  }
}

/** The most idle queues to keep: anyone can invent names of printers. */
const mostQueues = 1000;

/** A queue for each of the printers that are reached over one connection, by a key that tells them apart. */
export class CommandQueues {
  readonly #queues = new Map<string, CommandQueue>();

  of(key: string): CommandQueue {
    const known = this.#queues.get(key) ?? new CommandQueue();
    this.#queues.set(key, known);
    if (this.#queues.size > mostQueues) {
      for (const [other, queue] of this.#queues) {
        if (queue.idle && other !== key) this.#queues.delete(other);
      }
    }
    return known;
  }
}
