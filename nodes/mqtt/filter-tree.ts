interface Branch<T> {
  readonly levels: Map<string, Branch<T>>;
  value: T | undefined;
}

function branch<T>(): Branch<T> {
  return { levels: new Map(), value: undefined };
}

/**
 * Values by topic filter, in a tree of levels: what a topic matches is found in a time that depends on the topic's
 * levels, not on the number of filters.
 */
export class FilterTree<T> {
  #root: Branch<T> = branch();

  get(filter: string): T | undefined {
    let at: Branch<T> | undefined = this.#root;
    for (const level of filter.split("/")) at = at?.levels.get(level);
    return at?.value;
  }

  set(filter: string, value: T): void {
    let at = this.#root;
    for (const level of filter.split("/")) {
      let next = at.levels.get(level);
      if (next === undefined) {
        next = branch();
        at.levels.set(level, next);
      }
      at = next;
    }
    at.value = value;
  }

  delete(filter: string): void {
    const way: [Branch<T>, string][] = [];
    let at = this.#root;
    for (const level of filter.split("/")) {
      const next = at.levels.get(level);
      if (next === undefined) return;
      way.push([at, level]);
      at = next;
    }
    at.value = undefined;
    for (const [parent, level] of way.reverse()) {
      const child = parent.levels.get(level);
      if (child === undefined || child.value !== undefined || child.levels.size > 0) return;
      parent.levels.delete(level);
    }
  }

  values(): T[] {
    const found: T[] = [];
    const collect = (from: Branch<T>): void => {
      if (from.value !== undefined) found.push(from.value);
      for (const next of from.levels.values()) collect(next);
    };
    collect(this.#root);
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
    const collect = (from: Branch<T>): void => {
      if (from.value !== undefined) found.push(from.value);
      for (const next of from.levels.values()) collect(next);
    };
    const walk = (from: Branch<T>, at: number): void => {
      const level = levels[at];
      const rest = from.levels.get("#");
      if (level === "#") {
        // `a/#` receives `a` too [MQTT-4.7.1-2].
        collectBelow(from, at, collect);
        return;
      }
      if (rest?.value !== undefined && !isSystem(level, at)) found.push(rest.value);
      if (level === undefined) {
        if (from.value !== undefined) found.push(from.value);
        return;
      }
      for (const [name, next] of level === "+" ? from.levels : literalOrAny(from, level)) {
        if (name !== "#" && (name === level || !isSystem(name === "+" ? level : name, at))) walk(next, at + 1);
      }
    };
    walk(this.#root, 0);
    return found;
  }
}

function literalOrAny<T>(from: Branch<T>, level: string): [string, Branch<T>][] {
  const found: [string, Branch<T>][] = [];
  for (const name of [level, "+"]) {
    const next = from.levels.get(name);
    if (next !== undefined) found.push([name, next]);
  }
  return found;
}

function collectBelow<T>(from: Branch<T>, at: number, collect: (branch: Branch<T>) => void): void {
  if (at > 0) {
    collect(from);
    return;
  }
  for (const [name, next] of from.levels) if (!isSystem(name, at)) collect(next);
}

/** A wildcard in the first level receives no `$SYS` [MQTT-4.7.2-1]. */
function isSystem(level: string | undefined, at: number): boolean {
  return at === 0 && level !== undefined && level.startsWith("$");
}

function matchFrom<T>(from: Branch<T>, topic: string, start: number, found: (value: T) => void): void {
  const system = start === 0 && topic.startsWith("$");
  if (!system) {
    const rest = from.levels.get("#");
    if (rest?.value !== undefined) found(rest.value);
  }
  if (start > topic.length) {
    if (from.value !== undefined) found(from.value);
    return;
  }
  const slash = topic.indexOf("/", start);
  const end = slash < 0 ? topic.length : slash;
  const exact = from.levels.get(topic.slice(start, end));
  if (exact !== undefined) matchFrom(exact, topic, end + 1, found);
  const any = system ? undefined : from.levels.get("+");
  if (any !== undefined) matchFrom(any, topic, end + 1, found);
}
