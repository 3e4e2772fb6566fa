import fc from "fast-check";

/** Few level names, so that filters and topics meet often; the empty level and system topics among them. */
const name = fc.constantFrom("a", "b", "c", "", "ü x");
const first = fc.oneof({ weight: 6, arbitrary: name }, { weight: 1, arbitrary: fc.constantFrom("$SYS", "$share") });

function joined(head: fc.Arbitrary<string>, tail: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(head, fc.array(tail, { maxLength: 3 }))
    .map((levels) => levels.flat().join("/"))
    .filter((text) => text !== "");
}

export const topic = joined(first, name);

const level = fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: fc.constant("+") });
const firstLevel = fc.oneof({ weight: 5, arbitrary: first }, { weight: 1, arbitrary: fc.constant("+") });

export const filter = fc.oneof(
  { weight: 3, arbitrary: joined(firstLevel, level) },
  { weight: 2, arbitrary: joined(firstLevel, level).map((levels) => `${levels}/#`) },
  { weight: 1, arbitrary: fc.constant("#") },
);

/** MQTT's rules of matching (section 4.7) in the plainest words. */
export function matches(filterText: string, topicText: string): boolean {
  const [wanted, levels] = [filterText.split("/"), topicText.split("/")];
  if (topicText.startsWith("$") && /^[+#]/.test(filterText)) return false;
  const deep = wanted.at(-1) === "#";
  if (deep) wanted.pop();
  if (deep ? levels.length < wanted.length : levels.length !== wanted.length) return false;
  return wanted.every((each, index) => each === "+" || each === levels[index]);
}

/** Whether a topic exists that both filters match. */
export function overlap(one: string, other: string): boolean {
  const [left, right] = [one.split("/"), other.split("/")];
  for (let at = 0; ; at++) {
    const [a, b] = [left[at], right[at]];
    const system = at === 0 && (a?.startsWith("$") || b?.startsWith("$")) === true;
    if (a === "#" || b === "#") return !system || a === b;
    if (a === undefined || b === undefined) return a === b || left[at + 1] === "#" || right[at + 1] === "#";
    if (a !== b && (system || (a !== "+" && b !== "+"))) return false;
    if (left.length === at + 1 && right.length === at + 1) return true;
    if (left.length === at + 1) return right[at + 1] === "#";
    if (right.length === at + 1) return left[at + 1] === "#";
  }
}
