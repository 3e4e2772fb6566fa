import type { NodeAPI } from "node-red";

// What a dialog sends of a node that may not be deployed yet.

/** What the editor shows in place of a password that it does not know. */
const unchanged = "__PWRD__";

/** `${NAME}` and `$(NAME)`, which Node-RED replaces when a node is made. */
export function resolveEnvironment(RED: NodeAPI, id: string, value: string): string {
  const [, name] = /^\$(?:\{(.+)\}|\((.+)\))$/.exec(value) ?? [];
  if (name === undefined) return value;
  const found: unknown = RED.util.evaluateNodeProperty(name, "env", RED.nodes.getNode(id) ?? {}, {});
  return typeof found === "string" ? found : "";
}

/**
 * What the form holds of some credentials; what is missing in it, or unchanged, is that of the deployed node with this id.
 * Only those of a node of this type: the id comes from the browser, and others' passwords are none of ours.
 */
export function formCredentials<Name extends string>(
  RED: NodeAPI,
  { id, type, names }: { readonly id: string; readonly type: string; readonly names: readonly Name[] },
  entered: unknown,
): Partial<Record<Name, string>> {
  const stored = storedCredentials(RED, id, type);
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = textIn(entered, name);
    const known = value === undefined || value === unchanged ? textIn(stored, name) : value;
    if (known !== undefined) found[name] = resolveEnvironment(RED, id, known);
  }
  return found;
}

function storedCredentials(RED: NodeAPI, id: string, type: string): unknown {
  let found: string | undefined;
  RED.nodes.eachNode((node) => {
    if (node.id === id) found = node.type;
  });
  return found === type ? RED.nodes.getCredentials(id) : undefined;
}

function textIn(values: unknown, name: string): string | undefined {
  if (typeof values !== "object" || values === null || !(name in values)) return undefined;
  const value: unknown = Reflect.get(values, name);
  return typeof value === "string" ? value : undefined;
}
