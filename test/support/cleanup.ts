/** What ends with a test: its `TestContext`, or `{ after }` of node:test for a whole file. */
export interface Scope {
  after(undo: () => Promise<void> | void): void;
}

type Undo = () => Promise<void> | void;

const started = new WeakMap<Scope, Undo[]>();

/**
 * Undoes what a test started, the last first: node:test runs its own `after` hooks in the order they were made, so a
 * broker would go before the nodes that are connected to it.
 */
export function cleanup(scope: Scope, undo: Undo): void {
  const undos = started.get(scope);
  if (undos !== undefined) {
    undos.push(undo);
    return;
  }
  const first = [undo];
  started.set(scope, first);
  scope.after(async () => {
    const problems: unknown[] = [];
    for (const undoOne of first.reverse()) {
      try {
        await undoOne();
      } catch (problem) {
        problems.push(problem);
      }
    }
    if (problems.length > 0) throw new AggregateError(problems, problems.map(String).join("; "));
  });
}

/** What is no test has a scope too. */
export class ScriptScope implements Scope {
  readonly #undos: Undo[] = [];

  after(undo: Undo): void {
    this.#undos.push(undo);
  }

  /** Undoes what was started in it. */
  async end(): Promise<void> {
    for (const undo of this.#undos) await undo();
  }
}

/** Runs a script in a scope that ends with it; where it fails, the exit code says so. */
export function runScript(work: (scope: Scope) => Promise<void>): void {
  const scope = new ScriptScope();
  work(scope)
    .finally(() => scope.end())
    .catch((problem: unknown) => {
      process.exitCode = 1;
      throw problem;
    });
}
