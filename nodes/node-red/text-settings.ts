import type { NodeAPI } from "node-red";

// One way to read a setting that is a text, for the runtime and for the dialogs' buttons. Node-RED replaces `$(NAME)` and
// `${NAME}` by what the environment holds, which may be a number as well.

/** A text setting as a node gets it; `usual` if it is not text. */
export function textOf(value: unknown, usual: string): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : usual;
}

/** The text settings that `usual` names. */
export function textsOf<Name extends string>(
  usual: Readonly<Record<Name, string>>,
  given: { readonly [name in NoInfer<Name>]?: unknown },
): Record<Name, string> {
  const texts: Record<Name, string> = { ...usual };
  for (const name in usual) texts[name] = textOf(given[name], usual[name]);
  return texts;
}

/** A setting that is a list of texts. */
export function textListOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((entry) => textOf(entry, "")).filter((entry) => entry !== "") : [];
}

/** The variable that stands for a whole setting: `NAME` of `$(NAME)` and `${NAME}`, as Node-RED takes it. */
export function variableIn(value: unknown): string | undefined {
  const [, old, name = old] = (typeof value === "string" && /^\$(?:\((\S+)\)|\{(\S+)\})$/.exec(value)) || [];
  return name;
}

/**
 * A setting as the node with this id will get it once deployed. A variable that is not set stays as written.
 * A node that is not deployed yet has the variables that all nodes have.
 */
export function settingAsDeployed(RED: NodeAPI, id: string, value: unknown): unknown {
  const variable = variableIn(value);
  if (variable === undefined) return value;
  const found: unknown = RED.util.evaluateNodeProperty(
    variable,
    "env",
    RED.nodes.getNode(id) ?? anyGlobalNode(RED),
    {},
  );
  return found === "" ? value : found;
}

function anyGlobalNode(RED: NodeAPI): object {
  const global: string[] = [];
  RED.nodes.eachNode(({ id, z }) => {
    if (!z) global.push(id);
  });
  for (const id of global) {
    const node = RED.nodes.getNode(id);
    if (node) return node;
  }
  return {};
}
