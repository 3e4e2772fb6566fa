/** Topics remembered at most, and their length: some megabytes. The others are looked up each time. */
const most = 20_000;
const longest = 200;

/** Remembers what was found for a topic: one look-up where a tree takes two for each of the topic's levels. */
export class Routes<T> {
  readonly #find: (topic: string) => T;
  readonly #known = new Map<string, T>();

  constructor(find: (topic: string) => T) {
    this.#find = find;
  }

  of(topic: string): T {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const found = this.#find(topic);
    if (this.#known.size < most && topic.length <= longest) this.#known.set(topic, found);
    return found;
  }

  /** What would be found has changed. */
  clear(): void {
    this.#known.clear();
  }
}
