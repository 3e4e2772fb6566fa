import type { NodeAPI } from "node-red";
import { settingAsDeployed, textOf, variableIn } from "./text-settings.ts";

// What a dialog sends about a node that may not be deployed yet.

/** What the editor shows in place of a password that it does not know. */
const unchanged = "__PWRD__";

/** The form's settings, each as the node with this id will get it once deployed. */
export function formSettings(RED: NodeAPI, id: string, entered: unknown): Readonly<Record<string, unknown>> {
  if (typeof entered !== "object" || entered === null) return {};
  return Object.fromEntries(Object.entries(entered).map(([name, value]) => [name, settingAsDeployed(RED, id, value)]));
}

/** Whether anything that a form sends comes from the environment, or from what is stored for its node. */
export function namesVariables(RED: NodeAPI, type: string, body: unknown): boolean {
  const stored = storedCredentials(RED, textIn(body, "id") ?? "", type);
  const parts = [valueIn(body, "settings"), valueIn(body, "credentials"), stored];
  return parts.some(
    (part) => typeof part === "object" && part !== null && Object.values(part).some((value) => variableIn(value)),
  );
}

/**
 * The form's credentials; missing and unchanged ones come from the deployed node with this id.
 * The node must have this type: the id comes from the browser, and other nodes' passwords are not ours.
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
    if (known !== undefined) found[name] = textOf(settingAsDeployed(RED, id, known), "");
  }
  return found;
}

/** True where the form leaves a password as it is stored. */
export function isUnchanged(entered: unknown, name: string): boolean {
  const value = textIn(entered, name);
  return value === undefined || value === unchanged;
}

/** A setting of the deployed node with this id and type; `undefined`: there is none. */
export function deployedSetting(RED: NodeAPI, id: string, type: string, setting: string): unknown {
  let found: unknown;
  RED.nodes.eachNode((node) => {
    if (node.id === id && node.type === type) found = settingAsDeployed(RED, id, Reflect.get(node, setting));
  });
  return found;
}

function storedCredentials(RED: NodeAPI, id: string, type: string): unknown {
  let found: string | undefined;
  RED.nodes.eachNode((node) => {
    if (node.id === id) found = node.type;
  });
  return found === type ? RED.nodes.getCredentials(id) : undefined;
}

function valueIn(values: unknown, name: string): unknown {
  return typeof values === "object" && values !== null ? Reflect.get(values, name) : undefined;
}

function textIn(values: unknown, name: string): string | undefined {
  const value = valueIn(values, name);
  return typeof value === "string" ? value : undefined;
}
