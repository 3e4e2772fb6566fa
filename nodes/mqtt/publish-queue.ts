import type { Publication } from "./message.ts";

/**
 * First in, first out. A retained message replaces the one that waits for the same topic, and goes to the end. The outbox
 * enforces the limit: it also counts the messages that are on their way.
 */
export class PublishQueue {
  /** `undefined` where a message left before its turn. */
  #line: (Publication | undefined)[] = [];
  #first = 0;
  #size = 0;
  readonly #retained = new Map<string, number>();

  get size(): number {
    return this.#size;
  }

  get next(): Publication | undefined {
    while (this.#first < this.#line.length && this.#line[this.#first] === undefined) this.#first++;
    return this.#line[this.#first];
  }

  /** How many the predicate wants. */
  count(wanted: (publication: Publication) => boolean): number {
    return this.#line.filter((publication) => publication !== undefined && wanted(publication)).length;
  }

  push(publication: Publication): void {
    if (publication.retain) this.#retained.set(publication.topic, this.#line.length);
    this.#line.push(publication);
    this.#size++;
  }

  shift(): void {
    if (this.next !== undefined) this.#take(this.#first);
  }

  /** Removes and returns the first message for which the predicate is true. */
  takeFirst(wanted: (publication: Publication) => boolean): Publication | undefined {
    return this.#take(this.#line.findIndex((publication) => publication !== undefined && wanted(publication)));
  }

  /** Removes and returns the waiting retained message of this topic. */
  takeRetained(topic: string): Publication | undefined {
    const index = this.#retained.get(topic);
    return index === undefined ? undefined : this.#take(index);
  }

  /** Removes and returns the messages for which the predicate is true. */
  takeAll(wanted: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    const kept: Publication[] = [];
    for (const publication of this.#line) {
      if (publication !== undefined) (wanted(publication) ? taken : kept).push(publication);
    }
    this.#replaceBy(kept);
    return taken;
  }

  /** Puts messages back at the front. */
  putFirst(publications: readonly Publication[]): void {
    this.#replaceBy([...publications, ...this.takeAll(() => true)]);
  }

  #take(index: number): Publication | undefined {
    const publication = this.#line[index];
    if (publication === undefined) return undefined;
    this.#line[index] = undefined;
    this.#size--;
    if (this.#retained.get(publication.topic) === index) this.#retained.delete(publication.topic);
    if (this.#line.length > 2 * this.#size + 64) this.takeAll(() => false);
    return publication;
  }

  #replaceBy(publications: Publication[]): void {
    this.#line = publications;
    this.#first = 0;
    this.#size = publications.length;
    this.#retained.clear();
    publications.forEach(({ topic, retain }, index) => {
      if (retain) this.#retained.set(topic, index);
    });
  }
}
