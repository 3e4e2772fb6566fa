import type { NodeAPI } from "node-red";
import type { ConnectionSettings } from "../../mqtt/client-options.ts";
import { type Failure, failure } from "../../mqtt/problem.ts";
import { isProtocol } from "../../mqtt/protocols.ts";
import { formCredentials, resolveEnvironment } from "../../node-red/form-values.ts";
import { tlsOptions } from "../../node-red/tls-config.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { connectionSettings } from "../connection-settings.ts";
import { type BrokerSettings, brokerDefaults } from "../settings.ts";

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
  const config = settingsOf(form.settings, (value) => resolveEnvironment(RED, id, value));
  const tls = tlsOptions(RED, config.tls);
  const names = ["username", "password"] as const;
  const credentials = formCredentials(RED, { id, type: "octoprint-broker", names }, form.credentials);
  const checked = connectionSettings(config, credentials, tls ?? {});
  if (checked.ok && checked.settings.server.tls && tls === undefined) return failure("tls-not-deployed");
  return checked;
}

function settingsOf(entered: unknown, resolve: (value: string) => string): BrokerSettings {
  const form = isRecord(entered) ? entered : {};
  const text = (field: "url" | "port" | "keepalive" | "clientId" | "tls" | "ciphers" | "statusTopic"): string => {
    const value = form[field];
    return typeof value === "string" ? resolve(value) : brokerDefaults[field];
  };
  const tick = (field: "cleanSession" | "useTls" | "tlsInsecure"): boolean => {
    const value = form[field];
    return typeof value === "boolean" ? value : brokerDefaults[field];
  };
  return {
    ...brokerDefaults,
    url: text("url"),
    port: text("port"),
    keepalive: text("keepalive"),
    protocol: isProtocol(form.protocol) ? form.protocol : brokerDefaults.protocol,
    clientId: text("clientId"),
    cleanSession: tick("cleanSession"),
    useTls: tick("useTls"),
    tls: text("tls"),
    ciphers: text("ciphers"),
    tlsInsecure: tick("tlsInsecure"),
    statusTopic: text("statusTopic"),
  };
}
