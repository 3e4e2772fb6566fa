import type { Message } from "../support/runtime.ts";

/** What a lane waits for at the longest; without a message at all in that time something hangs. */
const patience = 90_000;

interface Numbered {
  readonly seq: number;
  /** How often it arrived, and how often `done` was called for it. */
  arrivals: number;
  dones: number;
}

/** The books of one lane: what was published, what came, what is done. */
export class Lane {
  readonly name: string;
  readonly #messages: Numbered[] = [];
  /** The highest number that has arrived, by topic. */
  readonly #highest = new Map<string, number>();
  readonly #faults: string[] = [];
  readonly #waiting = new Set<() => void>();
  #arrived = 0;
  #done = 0;
  duplicates = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The next message, as `octoprint-mqtt-out` takes it. */
  publish(): Message {
    const seq = this.#messages.push({ seq: this.#messages.length, arrivals: 0, dones: 0 }) - 1;
    this.#tell();
    return { _msgid: "", kind: "event", event: `Tick${seq % 3}`, seq, payload: { seq } };
  }

  arrive({ topic, payload }: Message): void {
    const message = this.#message(payload);
    if (message === undefined) return void this.#faults.push(`nobody published ${JSON.stringify(payload)}`);
    if (++message.arrivals > 1) {
      this.duplicates++;
      return;
    }
    this.#arrived++;
    const highest = this.#highest.get(String(topic)) ?? -1;
    if (message.seq < highest) this.#faults.push(`${message.seq} came first after ${highest}`);
    this.#highest.set(String(topic), Math.max(highest, message.seq));
    this.#tell();
  }

  complete(msg: Message, error: Error | undefined): void {
    const message = this.#message(msg);
    if (message === undefined) return void this.#faults.push("done for nothing");
    if (error !== undefined) this.#faults.push(`${message.seq}: ${error.message}`);
    if (++message.dones > 1) return void this.#faults.push(`${message.seq} is done ${message.dones} times`);
    this.#done++;
    this.#tell();
  }

  whenArrived(count: number): Promise<void> {
    const goal = this.#arrived + count;
    return this.#when(() => this.#arrived >= goal);
  }

  whenPublished(count: number): Promise<void> {
    const goal = this.#messages.length + count;
    return this.#when(() => this.#messages.length >= goal);
  }

  /** Waits until no more than so many of what was published are yet to arrive. */
  whenMissing(most: number): Promise<void> {
    return this.#when(() => this.lost <= most);
  }

  whenDone(): Promise<void> {
    return this.#when(() => this.#done === this.#messages.length);
  }

  whenLastArrived(): Promise<void> {
    return this.#when(() => this.#messages.at(-1)?.arrivals !== 0);
  }

  get lost(): number {
    return this.#messages.length - this.#arrived;
  }

  /** Everything that should not be. */
  faults(): string[] {
    const lost = this.#messages.filter(({ arrivals }) => arrivals === 0).map(({ seq }) => `${seq} is lost`);
    return [...lost, ...this.faultsButLosses()];
  }

  faultsButLosses(): string[] {
    const open = this.#messages.filter(({ dones }) => dones === 0).map(({ seq }) => `${seq} is not done`);
    return [...this.#faults, ...open];
  }

  figures(): string {
    return `${this.name}: ${this.#messages.length} published, ${this.lost} lost, ${this.duplicates} came twice, ${this.#done} done`;
  }

  #message(holder: unknown): Numbered | undefined {
    const seq = typeof holder === "object" && holder !== null && "seq" in holder ? holder.seq : undefined;
    return typeof seq === "number" ? this.#messages[seq] : undefined;
  }

  #tell(): void {
    for (const check of this.#waiting) check();
  }

  #when(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`waited in vain: ${this.figures()}\n${this.faults().slice(0, 20).join("\n")}`));
      }, patience);
      const check = (): void => {
        if (!isSo()) return;
        clearTimeout(late);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}
