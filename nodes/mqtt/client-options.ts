import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { IClientOptions } from "mqtt";
import { type Protocol, protocols } from "./protocols.ts";
import type { Server } from "./server.ts";

/** The settings of a connection, checked. */
export interface ConnectionSettings {
  readonly server: Server;
  /** Seconds. */
  readonly keepalive: number;
  readonly protocol: Protocol;
  readonly clientId: string;
  /** Nobody else can have this client id. */
  readonly randomClientId?: boolean;
  readonly cleanSession: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** What to trust, and who we are; verification is on unless it says otherwise. */
  readonly tls: TlsOptions;
  /** `connected` and `disconnected` are published here, as the plugin does; `""`: nowhere. */
  readonly statusTopic: string;
  readonly queueLimit: number;
}

/** A session of MQTT 5 ends with the connection unless it has an expiry; in older protocols it lasts without end. */
const noExpiry = 0xffff_ffff;

/** MQTT.js tells its log a dozen things about each packet, a twentieth of what a message costs; few ever read them. */
const quiet = process.env.DEBUG === undefined ? { log: (): void => undefined } : {};

/** @param connectTimeout ms; @param reconnectPeriod ms, until the first attempt after a failure */
export function clientOptions(
  settings: ConnectionSettings,
  connectTimeout: number,
  reconnectPeriod: number,
): IClientOptions {
  const { server, protocol, cleanSession, statusTopic, username, password } = settings;
  const websocket = server.scheme === "ws" || server.scheme === "wss";
  // net.connect takes an IPv6 address bare, a URL in brackets.
  const host = websocket ? server.host : server.host.replace(/^\[(.*)\]$/, "$1");
  return {
    protocol: server.scheme,
    host,
    hostname: host,
    port: server.port,
    ...(websocket ? { path: server.path || "/" } : {}),
    ...protocols[protocol],
    clientId: settings.clientId,
    clean: cleanSession,
    keepalive: settings.keepalive,
    connectTimeout,
    reconnectPeriod,
    // MQTT.js gives up after a refused CONNECT unless told so; a password may be mended in the broker.
    reconnectOnConnackError: true,
    // MQTT.js leaves out a SUBSCRIBE for what it holds already, unless it does not keep the books itself.
    resubscribe: false,
    queueQoSZero: false,
    ...quiet,
    ...(username ? { username, ...(password ? { password } : {}) } : {}),
    ...(protocol === "MQTTv5" && !cleanSession ? { properties: { sessionExpiryInterval: noExpiry } } : {}),
    ...(statusTopic === "" ? {} : { will: lastWill(statusTopic) }),
    ...(server.tls ? tlsOptions(settings.tls, websocket) : {}),
  };
}

/** What the broker says on the status topic when it notices that the connection is lost. */
export function lastWill(topic: string): NonNullable<IClientOptions["will"]> {
  return { topic, payload: "disconnected", qos: 1, retain: true };
}

function tlsOptions(tls: TlsOptions, websocket: boolean): object {
  const verified = { rejectUnauthorized: true, ...tls };
  return websocket ? { wsOptions: verified, rejectUnauthorized: verified.rejectUnauthorized } : verified;
}
