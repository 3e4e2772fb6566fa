import { entryOf, type Fields } from "../../node-red/editor-dialog.ts";
import { type BrokerCredentials, brokerDefaults } from "../settings.ts";

/** What the runtime needs to connect as the form says, before it is deployed. */
export function brokerForm(node: EditorNode, fields: Fields, credentials: BrokerCredentials): object {
  const settings = Object.entries(brokerDefaults).map(([field, usual]) => [
    field,
    typeof usual === "boolean" ? fields.ticked(field) : fields.text(field),
  ]);
  return { id: node.id, settings: Object.fromEntries(settings), credentials };
}

/** The password is `__PWRD__` where it is stored and was not changed. */
export function enteredCredentials(prefix: "node-config-input"): BrokerCredentials {
  return { username: entryOf($(`#${prefix}-username`)), password: entryOf($(`#${prefix}-password`)) };
}

/** Those that are entered but not deployed; the runtime knows the others. */
export function knownCredentials(node: EditorNode): BrokerCredentials {
  const known: object = typeof node.credentials === "object" && node.credentials !== null ? node.credentials : {};
  const username = "username" in known && typeof known.username === "string" ? known.username : undefined;
  const password = "password" in known && typeof known.password === "string" ? known.password : undefined;
  const none = "has_password" in known && known.has_password === false;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined && !none ? {} : { password: password ?? "" }),
  };
}
