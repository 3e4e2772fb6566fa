import type { NodeAPI } from "node-red";
import type { ConnectionSettings } from "../../mqtt/client-options.ts";
import { type Failure, failure } from "../../mqtt/problem.ts";
import { formCredentials, formSettings } from "../../node-red/form-values.ts";
import { tlsOptions } from "../../node-red/tls-config.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { connectionSettings } from "../connection-settings.ts";
import { effectiveSettings } from "../core-broker-node.ts";
import { readSettings } from "../settings.ts";

/**
 * The connection that a dialog describes, deployed or not: `{ id, settings, credentials }`. What is missing in the
 * credentials, or unchanged, is that of the deployed node with this id.
 */
export function formConnection(
  RED: NodeAPI,
  body: unknown,
): { readonly ok: true; readonly settings: ConnectionSettings } | Failure {
  const form = isRecord(body) ? body : {};
  const id = typeof form.id === "string" ? form.id : "";
  const names = ["username", "password"] as const;
  const credentials = formCredentials(RED, { id, type: "octoprint-broker", names }, form.credentials);
  const effective = effectiveSettings(RED, readSettings(formSettings(RED, id, form.settings)), credentials);
  if (!effective.ok) return effective;
  const tls = tlsOptions(RED, effective.config.tls);
  const checked = connectionSettings(effective.config, effective.credentials, tls ?? {});
  if (checked.ok && checked.settings.server.tls && tls === undefined) return failure("tls-not-deployed");
  return checked;
}
