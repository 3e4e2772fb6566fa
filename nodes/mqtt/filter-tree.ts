interface Branch<T> {
  readonly levels: Map<string, Branch<T>>;
  /** The value of the filter that ends here. */
  value: T | undefined;
  /** The value of the filter that ends here with `#`. */
  rest: T | undefined;
}

function branch<T>(): Branch<T> {
  return { levels: new Map(), value: undefined, rest: undefined };
}

/** @example parse("a/+/#") // { levels: ["a", "+"], end: "rest" } */
function parse(filter: string): { readonly levels: readonly string[]; readonly end: "value" | "rest" } {
  const levels = filter.split("/");
  return levels.at(-1) === "#" ? { levels: levels.slice(0, -1), end: "rest" } : { levels, end: "value" };
}

/**
 * Values by topic filter, in a tree of levels: what a topic matches is found in a time that depends on the topic's
 * levels, not on the number of filters.
 */
export class FilterTree<T> {
  #root: Branch<T> = branch();

  get(filter: string): T | undefined {
    const { levels, end } = parse(filter);
    let at: Branch<T> | undefined = this.#root;
    for (const level of levels) at = at?.levels.get(level);
    return at?.[end];
  }

  set(filter: string, value: T): void {
    const { levels, end } = parse(filter);
    let at = this.#root;
    for (const level of levels) {
      let next = at.levels.get(level);
      if (next === undefined) {
        next = branch();
        at.levels.set(level, next);
      }
      at = next;
    }
    at[end] = value;
  }

  delete(filter: string): void {
    const { levels, end } = parse(filter);
    const way: [Branch<T>, string][] = [];
    let at = this.#root;
    for (const level of levels) {
      const next = at.levels.get(level);
      if (next === undefined) return;
      way.push([at, level]);
      at = next;
    }
    at[end] = undefined;
    for (const [parent, level] of way.reverse()) {
      const child = parent.levels.get(level);
      if (child === undefined || child.value !== undefined || child.rest !== undefined || child.levels.size > 0) return;
      parent.levels.delete(level);
    }
  }

  values(): T[] {
    const found: T[] = [];
    collectFrom(this.#root, found);
    return found;
  }

  /** Calls `found` with the value of each filter that the topic matches. */
  match(topic: string, found: (value: T) => void): void {
    matchFrom(this.#root, topic, 0, found);
  }

  /** The values of the filters that have a topic in common with the given one. */
  overlapping(filter: string): T[] {
    const found: T[] = [];
    const levels = filter.split("/");
    const walk = (from: Branch<T>, at: number): void => {
      const level = levels[at];
      if (level === "#") return collectBelow(from, at, found);
      if (from.rest !== undefined && !isSystem(level, at)) found.push(from.rest);
      if (level === undefined) {
        if (from.value !== undefined) found.push(from.value);
        return;
      }
      for (const [name, next] of level === "+" ? from.levels : literalOrAny(from, level)) {
        if (name === level || !isSystem(name === "+" ? level : name, at)) walk(next, at + 1);
      }
    };
    walk(this.#root, 0);
    return found;
  }
}

/** Each filter is its own value. */
export function treeOf(filters: Iterable<string>): FilterTree<string> {
  const tree = new FilterTree<string>();
  for (const filter of filters) tree.set(filter, filter);
  return tree;
}

function literalOrAny<T>(from: Branch<T>, level: string): [string, Branch<T>][] {
  const found: [string, Branch<T>][] = [];
  for (const name of [level, "+"]) {
    const next = from.levels.get(name);
    if (next !== undefined) found.push([name, next]);
  }
  return found;
}

function collectFrom<T>(from: Branch<T>, found: T[]): void {
  if (from.value !== undefined) found.push(from.value);
  if (from.rest !== undefined) found.push(from.rest);
  for (const next of from.levels.values()) collectFrom(next, found);
}

/** What `#` has in common with; `a/#` receives `a` too [MQTT-4.7.1-2]. */
function collectBelow<T>(from: Branch<T>, at: number, found: T[]): void {
  if (at > 0) return collectFrom(from, found);
  if (from.rest !== undefined) found.push(from.rest);
  for (const [name, next] of from.levels) if (!isSystem(name, at)) collectFrom(next, found);
}

/** A wildcard in the first level receives no `$SYS` [MQTT-4.7.2-1]. */
function isSystem(level: string | undefined, at: number): boolean {
  return at === 0 && level !== undefined && level.startsWith("$");
}

function matchFrom<T>(from: Branch<T>, topic: string, start: number, found: (value: T) => void): void {
  const system = start === 0 && topic.startsWith("$");
  if (from.rest !== undefined && !system) found(from.rest);
  if (start > topic.length) {
    if (from.value !== undefined) found(from.value);
    return;
  }
  if (from.levels.size === 0) return;
  const slash = topic.indexOf("/", start);
  const end = slash < 0 ? topic.length : slash;
  const exact = from.levels.get(topic.slice(start, end));
  if (exact !== undefined) matchFrom(exact, topic, end + 1, found);
  const any = system ? undefined : from.levels.get("+");
  if (any !== undefined) matchFrom(any, topic, end + 1, found);
}
