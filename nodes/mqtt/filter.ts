import { FilterTree } from "./filter-tree.ts";

/** A topic that may be published to: no wildcard, no NUL, at most 65,535 bytes [MQTT-3.3.2-2], [MQTT-4.7.3-1..3]. */
export function isTopic(topic: string): boolean {
  return isText(topic) && !/[+#]/.test(topic);
}

/** A topic below `$SYS` or `$share`: the server's own, in which no client speaks [MQTT-4.7.2-1], [MQTT-4.8.2-1]. */
export function isReserved(topic: string): boolean {
  return topic.startsWith("$") && /^\$(SYS|share)(\/|$)/.test(topic);
}

/** A topic filter: `+` only as a whole level, `#` only as the last [MQTT-4.7.1-1..3]. */
export function isFilter(filter: string): boolean {
  if (!isText(filter)) return false;
  const levels = filter.split("/");
  return levels.every((level, index) => {
    if (level === "#") return index === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
}

/** A topic filter that a broker takes: a shared one, `$share/line/farm/#`, names its group [MQTT-4.8.2-1]. */
export function isSubscription(filter: string): boolean {
  if (!isFilter(filter)) return false;
  return !/^\$share(\/|$)/.test(filter) || isShareName(parseSharedFilter(filter)?.group ?? "");
}

/** A group's name: one level without wildcards [MQTT-4.8.2-1], [MQTT-4.8.2-2], and not only of spaces. */
export function isShareName(name: string): boolean {
  return isTopic(name) && !name.includes("/") && name.trim() !== "";
}

/** @example sharedFilter("line", "farm/#") // "$share/line/farm/#" */
export function sharedFilter(group: string, filter: string): string {
  return `$share/${group}/${filter}`;
}

/** @example parseSharedFilter("$share/line/farm/#") // { group: "line", filter: "farm/#" }; undefined: nobody shares it */
export function parseSharedFilter(filter: string): { readonly group: string; readonly filter: string } | undefined {
  const [, group, shared] = /^\$share\/([^/]+)\/(.+)$/s.exec(filter) ?? [];
  return group === undefined || shared === undefined ? undefined : { group, filter: shared };
}

function isText(text: string): boolean {
  return text !== "" && text.isWellFormed() && !text.includes("\0") && new TextEncoder().encode(text).length <= 65_535;
}

/** The smallest filter that receives all that two overlapping filters do: `a/+/b/#` and `a/c/#` give `a/+/#`. */
export function union(a: string, b: string): string {
  const [left, right] = [a.split("/"), b.split("/")];
  const levels: string[] = [];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [one, other] = [left[at], right[at]];
    if (one === undefined || other === undefined || one === "#" || other === "#") {
      levels.push("#");
      break;
    }
    levels.push(one === other ? one : "+");
  }
  return levels.join("/");
}

/** True where every topic that `inner` receives, `outer` receives too. */
export function covers(outer: string, inner: string): boolean {
  // A wildcard in the first level receives no `$SYS` [MQTT-4.7.2-1].
  if (inner.startsWith("$") && /^[+#]/.test(outer)) return false;
  return outer === inner || union(outer, inner) === outer;
}

/**
 * The filters to put on the wire so that no two of them overlap: where two would, their union stands for both.
 * Brokers differ in what they do with an overlap: one copy over 3.1.1, one a subscription over 5 [MQTT-3.3.4-3].
 *
 * @example disjoint(["farm/+/event/#", "farm/mk3/#", "x"]) // ["x", "farm/+/#"]
 */
export function disjoint(filters: Iterable<string>): string[] {
  const tree = new FilterTree<string>();
  for (const filter of filters) {
    let widened = filter;
    for (let found = tree.overlapping(widened); found.length > 0; found = tree.overlapping(widened)) {
      for (const other of found) {
        tree.delete(other);
        widened = union(widened, other);
      }
    }
    tree.set(widened, widened);
  }
  return [...tree.values()];
}
