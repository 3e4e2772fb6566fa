/** Characters of a topic that is remembered: somebody may send others by the thousand. */
const longest = 200;

/** Remembers what was found for the first topics; for others, and where nothing was found, it is looked up each time. */
export class TopicCache<T> {
  readonly #find: (topic: string) => T | undefined;
  readonly #most: number;
  readonly #known = new Map<string, T>();

  /** @param most how many topics are remembered */
  constructor(find: (topic: string) => T | undefined, most: number) {
    this.#find = find;
    this.#most = most;
  }

  get(topic: string): T | undefined {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const found = this.#find(topic);
    const remember = found !== undefined && this.#known.size < this.#most && topic.length <= longest;
    if (remember) this.#known.set(topic, found);
    return found;
  }

  /** What would be found has changed. */
  clear(): void {
    this.#known.clear();
  }
}
