import type { NodeAPI } from "node-red";
import type { AnyProblem } from "../../node-red/any-problem.ts";
import { deployedSetting, formCredentials, formSettings, isUnchanged } from "../../node-red/form-values.ts";
import { textOf, textsOf } from "../../node-red/text-settings.ts";
import { tlsOptions } from "../../node-red/tls-config.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { hostOf, parseAddress } from "../../server/address.ts";
import type { ServerSettings } from "../../server/message.ts";
import { failure } from "../../server/problem.ts";
import { connectionSettings } from "../connection-settings.ts";
import { serverDefaults } from "../settings.ts";

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
  const settings = textsOf(serverDefaults, formSettings(RED, id, form.settings));
  const tls = tlsOptions(RED, settings.tls);
  if (tls === undefined) return { ok: false, problem: { code: "tls-not-deployed" } };
  const credentials = formCredentials(RED, { id, type: "octoprint-server", names: credentialNames }, form.credentials);
  const checked = connectionSettings(settings, credentials, tls);
  if (!checked.ok || !isUnchanged(form.credentials, "apiKey") || checked.settings.apiKey === "") return checked;
  const deployed = parseAddress(textOf(deployedSetting(RED, id, "octoprint-server", "url"), ""));
  const { address } = checked.settings;
  const same = deployed.ok && deployed.address.origin === address.origin;
  // What is stored was given to one OctoPrint, and goes to no other.
  return same ? checked : failure("key-elsewhere", { server: hostOf(address) });
}
