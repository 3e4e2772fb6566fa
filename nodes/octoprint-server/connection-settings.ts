import type { ConnectionOptions as TlsOptions } from "node:tls";
import { parseAddress } from "../server/address.ts";
import type { ServerSettings } from "../server/message.ts";
import type { Failure } from "../server/problem.ts";
import type { ServerCredentials, ServerNodeSettings } from "./settings.ts";

/** The editor's settings, checked. `tls`: what core's `tls-config` node gives. */
export function connectionSettings(
  { url }: Pick<ServerNodeSettings, "url">,
  { apiKey = "", proxyUser = "", proxyPassword = "" }: ServerCredentials,
  tls: TlsOptions,
): { readonly ok: true; readonly settings: ServerSettings } | Failure {
  const parsed = parseAddress(url);
  if (!parsed.ok) return parsed;
  return { ok: true, settings: { address: parsed.address, apiKey: apiKey.trim(), proxyUser, proxyPassword, tls } };
}
