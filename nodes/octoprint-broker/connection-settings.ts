import { randomBytes } from "node:crypto";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectionSettings } from "../mqtt/client-options.ts";
import { isReserved, isTopic } from "../mqtt/filter.ts";
import { type Failure, failure } from "../mqtt/problem.ts";
import { isProtocol } from "../mqtt/protocols.ts";
import { parseServer } from "../mqtt/server.ts";
import { type BrokerCredentials, isInRange, type ReadSettings, type ranges } from "./settings.ts";

/** The settings of a connection, or what is wrong with them. */
export type CheckedSettings = { readonly ok: true; readonly settings: ConnectionSettings } | Failure;

/** The editor's settings, checked and in their units. `tls`: what core's `tls-config` node gives. */
export function connectionSettings(
  config: ReadSettings,
  credentials: BrokerCredentials,
  tls: TlsOptions,
): CheckedSettings {
  const port = config.port.trim();
  if (port !== "" && !isInRange("port", port)) return failure("port-invalid", { port });
  const parsed = parseServer({ url: config.url, port: port === "" ? undefined : Number(port), useTls: config.useTls });
  if (!parsed.ok) return parsed;
  const { protocol } = config;
  if (!isProtocol(protocol)) return failure("protocol-invalid", { protocol });
  const wrong =
    checkNumber("keepalive", config.keepalive, failure("keepalive-invalid", { keepalive: config.keepalive })) ??
    checkNumber("queueLimit", config.queueLimit, failure("queue-limit-invalid", { limit: config.queueLimit })) ??
    checkNumber("queueMaxAge", config.queueMaxAge, failure("queue-age-invalid", { hours: config.queueMaxAge })) ??
    checkSession(config);
  if (wrong) return wrong;
  const { username, password } = credentials;
  const settings = {
    server: parsed.server,
    keepalive: Number(config.keepalive),
    protocol,
    // At most 23 characters, as every broker of 3.1 must take [MQTT-3.1.3-5].
    clientId: config.clientId || `nodered_${randomBytes(6).toString("hex")}`,
    randomClientId: config.clientId === "",
    cleanSession: config.cleanSession,
    username,
    password,
    tls: tlsOptions(config, tls),
    statusTopic: config.statusTopic,
    queueLimit: Number(config.queueLimit),
  };
  return { ok: true, settings };
}

function checkNumber(setting: keyof typeof ranges, text: string, wrong: Failure): Failure | undefined {
  return isInRange(setting, text.trim()) ? undefined : wrong;
}

function checkSession({ cleanSession, clientId, statusTopic }: ReadSettings): Failure | undefined {
  // The broker keeps a session by the client's id [MQTT-3.1.3-7].
  if (!cleanSession && clientId === "") return failure("clean-session-client-id");
  if (statusTopic !== "" && !isTopic(statusTopic)) return failure("topic-invalid", { topic: statusTopic });
  if (isReserved(statusTopic)) return failure("topic-reserved", { topic: statusTopic });
  return undefined;
}

function tlsOptions({ ciphers, tlsInsecure }: ReadSettings, tls: TlsOptions): TlsOptions {
  return {
    ...tls,
    ...(ciphers === "" ? {} : { ciphers }),
    // The certificate is verified all the same; only the name in it may be another.
    ...(tlsInsecure ? { checkServerIdentity: () => undefined } : {}),
  };
}
