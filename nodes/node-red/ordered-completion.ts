/** Lets work begin at any time, and end in the order in which it began. */
export class OrderedCompletion {
  readonly #line: { finish: (() => void) | undefined }[] = [];

  /**
   * Begins the work at once. Its callback runs when all earlier work has finished.
   *
   * @example inOrder.run((finish) => evaluate(msg, (name) => finish(() => publish(name, msg))))
   */
  run(work: (finish: (last: () => void) => void) => void): void {
    const place: { finish: (() => void) | undefined } = { finish: undefined };
    this.#line.push(place);
    work((last) => {
      place.finish ??= last;
      this.#advance();
    });
  }

  #advance(): void {
    for (let next = this.#line[0]?.finish; next !== undefined; next = this.#line[0]?.finish) {
      this.#line.shift();
      next();
    }
  }
}
