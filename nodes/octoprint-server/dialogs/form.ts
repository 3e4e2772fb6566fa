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

const secrets = ["apiKey", "proxyPassword"] as const;
const credentialNames = [...secrets, "proxyUser"] as const;

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
  if (!checked.ok || isAsDeployed(RED, id, checked.settings)) return checked;
  const stored = secrets.find((name) => isUnchanged(form.credentials, name) && checked.settings[name] !== "");
  // What is stored was given to one OctoPrint, and goes to no other.
  if (stored === undefined) return checked;
  return failure(stored === "apiKey" ? "key-elsewhere" : "password-elsewhere", {
    server: hostOf(checked.settings.address),
  });
}

/** The same, to ask for a key: the stored key is not sent, because it may belong to another OctoPrint. */
export function formServerWithoutKey(RED: NodeAPI, body: unknown): ReturnType<typeof formServer> {
  const form = isRecord(body) ? body : {};
  const credentials = isRecord(form.credentials) ? form.credentials : {};
  return formServer(RED, { ...form, credentials: { ...credentials, apiKey: "" } });
}

function isAsDeployed(RED: NodeAPI, id: string, { address }: ServerSettings): boolean {
  const deployed = parseAddress(textOf(deployedSetting(RED, id, "octoprint-server", "url"), ""));
  return deployed.ok && deployed.address.origin === address.origin;
}
