/** How long something may take that is going to happen; no test passes or fails by being faster than this. */
const patience = 20_000;

/** Those of our own time: in a test's time, which stands still, nothing would ever be late. */
const { setTimeout, clearTimeout } = globalThis;

/** `promise`, or an error that says what was waited for: a test that hangs would not say it. */
export async function within<T>(promise: Promise<T>, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what()}`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Waiting<T> {
  readonly wanted: (item: T) => boolean;
  readonly deliver: (item: T) => void;
}

/** Everything that arrived, in order, and a way to wait for what has not yet. */
export class Mailbox<T> {
  readonly #name: string;
  readonly #items: T[] = [];
  readonly #unread: T[] = [];
  readonly #waiting: Waiting<T>[] = [];

  /** @param name what is collected, for the error when it does not come */
  constructor(name: string) {
    this.#name = name;
  }

  /** All that ever arrived. */
  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    const index = this.#waiting.findIndex(({ wanted }) => wanted(item));
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting === undefined) this.#unread.push(item);
    else waiting.deliver(item);
  }

  /** As if nothing had arrived yet: what is collected for minutes is a lot. */
  forget(): void {
    this.#items.length = 0;
    this.#unread.length = 0;
  }

  /** The first item that `wanted` likes and that no earlier `next()` returned: it may have come already. */
  async next(wanted: (item: T) => boolean = () => true): Promise<T> {
    const index = this.#unread.findIndex(wanted);
    const [item] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (item !== undefined) return item;
    const coming = new Promise<T>((deliver) => this.#waiting.push({ wanted, deliver }));
    return within(coming, () => `${this.#name}; ${this.#items.length} came: ${preview(this.#items)}`);
  }

  /** As many `next()` as asked for. */
  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}

function preview(items: readonly unknown[]): string {
  return items
    .slice(-5)
    .map((item) => (typeof item === "string" ? item : JSON.stringify(item, (_key, value) => plain(value))))
    .join(" | ")
    .slice(0, 2000);
}

function plain(value: unknown): unknown {
  return value instanceof Error ? String(value) : value;
}
