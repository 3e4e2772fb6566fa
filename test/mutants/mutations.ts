import { type Node, parse } from "acorn";
import { full } from "acorn-walk";

/** One change of a file's text. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What it was, in short. */
  readonly was: string;
  readonly line: number;
}

/** What an operator is changed into. */
const operators: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "??": ["&&"],
};

/**
 * All one-token changes of a JavaScript text: comparisons, logical and arithmetic operators, booleans, negations,
 * conditions that always or never hold.
 */
export function mutationsOf(code: string): Mutation[] {
  const found: Mutation[] = [];
  const add = (node: { start: number; end: number }, text: string): void => {
    const line = code.slice(0, node.start).split("\n").length;
    found.push({ start: node.start, end: node.end, text, was: code.slice(node.start, node.end), line });
  };
  full(parse(code, { ecmaVersion: "latest", sourceType: "module" }), (node: Node) => {
    const { type } = node;
    if (type === "BinaryExpression" || type === "LogicalExpression") mutateOperator(code, Object(node), add);
    if (type === "Literal" && typeof Object(node).value === "boolean") add(node, String(!Object(node).value));
    if (type === "UnaryExpression" && Object(node).operator === "!")
      add({ start: node.start, end: node.start + 1 }, "");
    if (type === "IfStatement" || type === "ConditionalExpression") {
      for (const text of ["true", "false"]) add(Object(node).test, text);
    }
  });
  return found.sort((a, b) => a.start - b.start);
}

interface Operation {
  readonly operator: string;
  readonly left: { readonly end: number };
  readonly right: { readonly start: number };
}

function mutateOperator(
  code: string,
  { operator, left, right }: Operation,
  add: (at: { start: number; end: number }, text: string) => void,
): void {
  const start = code.indexOf(operator, left.end);
  if (start < 0 || start >= right.start) return;
  for (const text of operators[operator] ?? []) add({ start, end: start + operator.length }, text);
}
