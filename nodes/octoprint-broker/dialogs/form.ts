import type { NodeAPI } from "node-red";
import type { ConnectionSettings } from "../../mqtt/client-options.ts";
import { type Failure, failure } from "../../mqtt/problem.ts";
import { isProtocol } from "../../mqtt/protocols.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { connectionSettings } from "../connection-settings.ts";
import { type BrokerCredentials, type BrokerSettings, brokerDefaults } from "../settings.ts";
import { tlsOptions } from "../tls-config.ts";

/** What the editor shows in place of a password that it does not know. */
const unchanged = "__PWRD__";

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
  const config = settingsOf(form.settings, (value) => resolved(RED, id, value));
  const tls = tlsOptions(RED, config.tls);
  const credentials = credentialsOf(form.credentials, storedCredentials(RED, id));
  const checked = connectionSettings(
    config,
    mapped(credentials, (value) => resolved(RED, id, value)),
    tls ?? {},
  );
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

function credentialsOf(entered: unknown, stored: BrokerCredentials): BrokerCredentials {
  const form = isRecord(entered) ? entered : {};
  const { username, password } = form;
  return {
    ...stored,
    ...(typeof username === "string" ? { username } : {}),
    ...(typeof password === "string" && password !== unchanged ? { password } : {}),
  };
}

function mapped({ username, password }: BrokerCredentials, map: (value: string) => string): BrokerCredentials {
  return {
    ...(username === undefined ? {} : { username: map(username) }),
    ...(password === undefined ? {} : { password: map(password) }),
  };
}

/** Only those of a broker: the id comes from the browser, and others' passwords are none of ours. */
function storedCredentials(RED: NodeAPI, id: string): BrokerCredentials {
  let type: string | undefined;
  RED.nodes.eachNode((node) => {
    if (node.id === id) type = node.type;
  });
  return type === "octoprint-broker" ? (RED.nodes.getCredentials(id) ?? {}) : {};
}

/** `${NAME}`, which Node-RED replaces when a node is made. */
function resolved(RED: NodeAPI, id: string, value: string): string {
  const [, name] = /^\$(?:\{(.+)\}|\((.+)\))$/.exec(value) ?? [];
  if (name === undefined) return value;
  const found: unknown = RED.util.evaluateNodeProperty(name, "env", RED.nodes.getNode(id) ?? {}, {});
  return typeof found === "string" ? found : "";
}
