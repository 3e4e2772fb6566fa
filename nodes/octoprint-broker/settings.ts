import type { Protocol } from "../mqtt/protocols.ts";
import { textOf, textsOf } from "../node-red/text-settings.ts";

/** What whole numbers the settings may be, least and most. */
export const ranges = {
  port: [1, 65_535],
  keepalive: [0, 65_535],
  queueLimit: [1, 1_000_000],
  queueMaxAge: [1, 8_760],
} as const;

/** True for a whole number in a setting's range, written as digits. */
export function isInRange(setting: keyof typeof ranges, text: string): boolean {
  const [least, most] = ranges[setting];
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
}

/** The broker node's settings as the editor stores them; user name and password are credentials. */
export interface BrokerSettings {
  name: string;
  /** The id of core's `mqtt-broker` node that says where and how to connect; `""`: the settings below do. */
  coreBroker: string;
  url: string;
  port: string;
  keepalive: string;
  protocol: Protocol;
  clientId: string;
  cleanSession: boolean;
  useTls: boolean;
  /** The id of core's `tls-config` node. */
  tls: string;
  ciphers: string;
  tlsInsecure: boolean;
  statusTopic: string;
  queueLimit: string;
  /** The context store that keeps the queue over a restart; `""`: none. */
  queueStore: string;
  /** How old a message may become in that store, hours. */
  queueMaxAge: string;
}

/** The credentials of a broker node. */
export interface BrokerCredentials {
  username?: string;
  password?: string;
}

/** The settings of a new node; older flows lack some of them. */
export const brokerDefaults: BrokerSettings = {
  name: "",
  coreBroker: "",
  url: "",
  port: "",
  keepalive: "60",
  protocol: "MQTTv311",
  clientId: "",
  cleanSession: true,
  useTls: false,
  tls: "",
  ciphers: "",
  tlsInsecure: false,
  statusTopic: "",
  queueLimit: "1000",
  queueStore: "",
  queueMaxAge: "24",
};

/** The settings with the right types; the protocol may still be unknown. */
export type ReadSettings = Omit<BrokerSettings, "protocol"> & { readonly protocol: string };

/** Reads what Node-RED gives a node, or what a dialog holds. Missing settings get their defaults. */
export function readSettings(given: { readonly [name in keyof BrokerSettings]?: unknown }): ReadSettings {
  const { name, coreBroker, url, port, keepalive, clientId, tls, ciphers, statusTopic } = brokerDefaults;
  const { queueLimit, queueStore, queueMaxAge } = brokerDefaults;
  const texts = {
    name,
    coreBroker,
    url,
    port,
    keepalive,
    clientId,
    tls,
    ciphers,
    statusTopic,
    queueLimit,
    queueStore,
    queueMaxAge,
  };
  const tick = (value: unknown, usual: boolean): boolean => (typeof value === "boolean" ? value : usual);
  return {
    ...textsOf(texts, given),
    protocol: textOf(given.protocol, brokerDefaults.protocol),
    cleanSession: tick(given.cleanSession, brokerDefaults.cleanSession),
    useTls: tick(given.useTls, brokerDefaults.useTls),
    tlsInsecure: tick(given.tlsInsecure, brokerDefaults.tlsInsecure),
  };
}

/** The credentials as text; what Node-RED took from the environment may be a number. */
export function readCredentials({ username, password }: { username?: unknown; password?: unknown }): BrokerCredentials {
  return {
    ...(username === undefined ? {} : { username: textOf(username, "") }),
    ...(password === undefined ? {} : { password: textOf(password, "") }),
  };
}
