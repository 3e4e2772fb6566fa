import type { NodeAPI } from "node-red";
import type { AnyProblem } from "../../node-red/any-problem.ts";
import { formCredentials, resolveEnvironment } from "../../node-red/form-values.ts";
import { tlsOptions } from "../../node-red/tls-config.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import type { ServerSettings } from "../../server/message.ts";
import { connectionSettings } from "../connection-settings.ts";

const credentialNames = ["apiKey", "proxyUser", "proxyPassword"] as const;

/**
 * The OctoPrint that a dialog describes, deployed or not: `{ id, settings, credentials }`. What is missing in the
 * credentials, or unchanged, is that of the deployed node with this id.
 */
export function formServer(
  RED: NodeAPI,
  body: unknown,
): { readonly ok: true; readonly settings: ServerSettings } | { readonly ok: false; readonly problem: AnyProblem } {
  const form = isRecord(body) ? body : {};
  const id = typeof form.id === "string" ? form.id : "";
  const entered = isRecord(form.settings) ? form.settings : {};
  const text = (field: "url" | "tls"): string => {
    const value = entered[field];
    return typeof value === "string" ? resolveEnvironment(RED, id, value) : "";
  };
  const tls = tlsOptions(RED, text("tls"));
  if (tls === undefined) return { ok: false, problem: { code: "tls-not-deployed" } };
  const credentials = formCredentials(RED, { id, type: "octoprint-server", names: credentialNames }, form.credentials);
  return connectionSettings({ url: text("url") }, credentials, tls);
}
