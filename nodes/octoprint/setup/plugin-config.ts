import { isRecord } from "../messages/json.ts";
import { type Failure, failure } from "../problem.ts";
import { type SchemeSettings, schemeDefaults } from "../topics/scheme.ts";

/** The broker as the plugin is set to reach it, in the units and words of our own settings. */
export interface PluginBroker {
  readonly url: string;
  readonly port: string;
  readonly keepalive: string;
  readonly protocol: "MQTTv31" | "MQTTv311";
  readonly useTls: boolean;
  readonly ciphers: string;
  readonly tlsInsecure: boolean;
}

/**
 * Why a setting is not carried over, or why it should be checked. Each has a text `config.<code>`.
 *
 * - `no-url`: there is no server in it
 * - `file-elsewhere`: a file on OctoPrint's computer
 * - `own-client-id`: two connections with the same client ID disconnect each other
 * - `needs-client-id`: a session needs a client id of its own
 * - `switched-off`: the plugin does not publish it
 * - `plugin-only`: how the plugin publishes; nothing to set here
 * - `unknown`: not a setting of the plugin's own
 * - `not-usable`: the value is none that the setting can have
 * - `default-base-topic`, `local-server`, `tls-unclear`: carried over, but should be checked
 */
export const reasons = [
  "no-url",
  "file-elsewhere",
  "own-client-id",
  "needs-client-id",
  "switched-off",
  "plugin-only",
  "unknown",
  "not-usable",
  "default-base-topic",
  "local-server",
  "tls-unclear",
] as const;
/** Why a setting is not carried over, or should be looked at. */
export type Reason = (typeof reasons)[number];

/** A setting of the plugin with a reason. */
export interface Remark {
  /** The plugin's key, `broker.tls.ca_certs`. */
  readonly key: string;
  readonly code: Reason;
}

/** The plugin's settings as ours, and what could not be carried over. */
export interface PluginConfig {
  readonly broker: PluginBroker;
  readonly credentials: { readonly username?: string; readonly password?: string };
  readonly printer: SchemeSettings;
  readonly notCarried: readonly Remark[];
  /** What is carried over, but should be checked. */
  readonly check: readonly Remark[];
}

/** The plugin's own default since 0.8.4; OctoPrint writes down only what differs from a default. */
const defaultBaseTopic = "octoPrint/";
const topics = ["eventTopic", "progressTopic", "temperatureTopic", "metadataTopic", "lwTopic"] as const;
const longest = 1_000;
const longestKey = 100;
const mostRemarks = 60;

/** Settings that only say how the plugin publishes, with their defaults. */
const pluginOnly: Readonly<Record<string, boolean | number | string>> = {
  "broker.retain": true,
  "broker.lwRetain": true,
  "publish.printerData": false,
  "publish.temperatureThreshold": 0.1,
  "publish.metadataActive": false,
  "publish.metadataKeys": "",
};

/** What tells where a line belongs: below anything else it is a sign of wrong indentation. */
const places: Readonly<Record<string, readonly string[]>> = {
  broker: ["url", "port", "username", "password", "keepalive", "protocol"],
  publish: ["baseTopic", ...topics, "eventActive", "progressActive", "temperatureActive", "lwActive"],
};

/** What is not published where they are false. */
const switches = ["eventActive", "progressActive", "temperatureActive", "lwActive"]
  .concat(["server", "comm", "files", "printjob", "gcode", "position", "timelapse"].map((name) => `events.${name}`))
  .concat(["slicing", "settings", "unclassified"].map((name) => `events.${name}`));

/**
 * Reads OctoPrint's `config.yaml`, parsed, with its texts as they are written: the whole file, or any part of it from
 * `plugins:` down to `broker:` and `publish:`. Missing settings have the plugin's defaults, not ours.
 *
 * @example
 * readPluginConfig({ plugins: { mqtt: { broker: { url: "broker.local" } } } })
 * // { ok: true, config: { broker: { url: "broker.local", port: "1883", protocol: "MQTTv31", … },
 * //                       printer: { baseTopic: "octoPrint/", … }, notCarried: [], check: [{ key: "publish.baseTopic", … }] } }
 */
export function readPluginConfig(parsed: unknown): { readonly ok: true; readonly config: PluginConfig } | Failure {
  const settings = pluginSettings(parsed);
  if (settings === undefined) return failure("config-without-mqtt");
  const reader = new Reader(settings);
  const misplaced = reader.rest().find(isMisplaced);
  if (misplaced !== undefined) return failure("config-misplaced", { key: misplaced });
  const broker = brokerOf(reader);
  const credentials = credentialsOf(reader);
  sessionOf(reader);
  const printer = printerOf(reader);
  for (const name of switches) {
    if (!reader.flag(`publish.${name}`, true)) reader.notCarry(`publish.${name}`, "switched-off");
  }
  for (const [key, usual] of Object.entries(pluginOnly)) {
    if (!reader.isUsual(key, usual)) reader.notCarry(key, "plugin-only");
  }
  for (const key of reader.rest()) reader.notCarry(key, "unknown");
  const { notCarried, check } = reader;
  return { ok: true, config: { broker, credentials, printer, notCarried, check } };
}

function isMisplaced(path: string): boolean {
  const [section, ...inner] = path.split(".");
  const names = inner.length === 0 ? [section] : inner.slice(0, 1);
  return Object.entries(places).some(([place, keys]) => {
    const here = inner.length > 0 && section === place;
    return inner.includes(place) || (!here && names.some((name) => name !== undefined && keys.includes(name)));
  });
}

type Section = Readonly<Record<string, unknown>>;

/** The part that begins with `broker:`, wherever the paste began. */
function pluginSettings(parsed: unknown): Section | undefined {
  const plugins = sectionOf(parsed, "plugins") ?? parsed;
  const mqtt = sectionOf(plugins, "mqtt");
  if (mqtt !== undefined) return mqtt;
  const part = ["broker", "publish", "client"].some((name) => sectionOf(parsed, name) !== undefined);
  return part && isRecord(parsed) ? parsed : undefined;
}

/** A key with nothing below it is null in YAML. */
function sectionOf(parent: unknown, key: string): Section | undefined {
  if (!isRecord(parent) || !Object.hasOwn(parent, key)) return undefined;
  const section = parent[key];
  if (section === null) return {};
  return isRecord(section) ? section : undefined;
}

/** Removes the settings one by one; those that remain are unknown. */
class Reader {
  readonly notCarried: Remark[] = [];
  readonly check: Remark[] = [];
  readonly #values = new Map<string, unknown>();

  constructor(settings: Section) {
    this.#flatten("", settings, 1);
  }

  #flatten(prefix: string, section: Section, depth: number): void {
    for (const [key, value] of Object.entries(section)) {
      const path = prefix + key.slice(0, longestKey);
      if (isRecord(value) && depth < 4) this.#flatten(`${path}.`, value, depth + 1);
      else this.#values.set(path, value);
    }
  }

  notCarry(key: string, code: Reason): void {
    if (this.notCarried.length < mostRemarks) this.notCarried.push({ key, code });
  }

  /** `undefined`: it is not there. */
  take(key: string): unknown {
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }

  has(prefix: string): boolean {
    return [...this.#values.keys()].some((key) => key.startsWith(prefix));
  }

  rest(): readonly string[] {
    return [...this.#values.keys()];
  }

  text(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || value === null) return undefined;
    const text = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
    if (typeof text === "string" && text.length <= longest) return text;
    this.notCarry(key, "not-usable");
    return undefined;
  }

  /** Empty: as usual. */
  flag(key: string, usual: boolean): boolean {
    const value = this.take(key);
    if (value === undefined || value === null || value === "") return usual;
    const flag = flagOf(value);
    if (flag === undefined) this.notCarry(key, "not-usable");
    return flag ?? usual;
  }

  /** Empty: as usual. */
  whole(key: string, usual: number, [least, most]: readonly [number, number]): string {
    const value = wholeOf(this.text(key) || String(usual));
    if (value !== undefined && value >= least && value <= most) return String(value);
    this.notCarry(key, "not-usable");
    return String(usual);
  }

  /** True where the setting is not there, or says what it says anyway. */
  isUsual(key: string, usual: boolean | number | string): boolean {
    const value = this.take(key);
    if (value === undefined || value === null || value === "" || value === usual) return true;
    if (typeof usual === "boolean") return flagOf(value) === usual;
    return typeof usual === "number" && Number(value) === usual;
  }
}

/** OctoPrint reads YAML 1.1, in which yes and on are true; of a text it takes y and 1, too. */
function flagOf(value: unknown): boolean | undefined {
  const word = String(value).toLowerCase();
  if (["true", "yes", "on", "y", "1"].includes(word)) return true;
  return ["false", "no", "off", "n", "0"].includes(word) ? false : undefined;
}

/**
 * A whole number as YAML 1.1 writes it: `1_883`, `0x75b`, `03533` (octal), `0b1`, `31:23` (of 60), `1883.0`. Python
 * makes a number of a text of digits, too.
 */
function wholeOf(written: string): number | undefined {
  const text = written.trim().replaceAll("_", "").replace(/^\+/, "");
  if (/^0x[0-9a-f]+$/i.test(text) || /^0b[01]+$/.test(text)) return Number(text);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  if (/^[1-9]\d*(:[0-5]?\d)+$/.test(text)) return text.split(":").reduce((sum, digits) => sum * 60 + Number(digits), 0);
  return /^\d+(\.0*)?$/.test(text) ? Number(text) : undefined;
}

function brokerOf(reader: Reader): PluginBroker {
  const url = reader.text("broker.url") ?? "";
  if (url === "") reader.notCarry("broker.url", "no-url");
  if (/^(localhost|127\.[0-9.]+|::1)$/i.test(url)) reader.check.push({ key: "broker.url", code: "local-server" });
  return {
    url,
    // The plugin also uses 1883 over TLS by default.
    port: reader.whole("broker.port", 1883, [1, 65_535]),
    keepalive: reader.whole("broker.keepalive", 60, [0, 65_535]),
    // Anything else is 3.1 for the plugin.
    protocol: reader.text("broker.protocol") === "MQTTv311" ? "MQTTv311" : "MQTTv31",
    useTls: tlsOf(reader),
    ciphers: reader.text("broker.tls.ciphers") ?? "",
    tlsInsecure: reader.flag("broker.tls_insecure", false),
  };
}

function tlsOf(reader: Reader): boolean {
  // Before 0.8.11 there was no switch: TLS was on where `tls` held anything. The file does not tell the version.
  const unclear = !reader.has("broker.tls_active") && reader.has("broker.tls.");
  if (unclear) reader.check.push({ key: "broker.tls", code: "tls-unclear" });
  for (const name of ["ca_certs", "certfile", "keyfile"]) {
    if (reader.take(`broker.tls.${name}`)) reader.notCarry(`broker.tls.${name}`, "file-elsewhere");
  }
  return reader.flag("broker.tls_active", unclear);
}

function credentialsOf(reader: Reader): PluginConfig["credentials"] {
  const username = reader.text("broker.username");
  const password = reader.text("broker.password");
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function sessionOf(reader: Reader): void {
  if (reader.text("client.client_id")) reader.notCarry("client.client_id", "own-client-id");
  if (!reader.flag("broker.clean_session", true)) reader.notCarry("broker.clean_session", "needs-client-id");
}

function printerOf(reader: Reader): SchemeSettings {
  const named = reader.text("publish.baseTopic");
  if (named === undefined) reader.check.push({ key: "publish.baseTopic", code: "default-base-topic" });
  const printer = {
    ...schemeDefaults,
    baseTopic: named ?? defaultBaseTopic,
    timestampField: reader.text("timestamp_fieldname") ?? schemeDefaults.timestampField,
  };
  for (const field of topics) {
    const key = `publish.${field}`;
    const value = reader.take(key);
    if (value === undefined) continue;
    // An empty topic is a switch, too.
    if (value === null || value === "") reader.notCarry(key, "switched-off");
    else if (typeof value === "string" && value.length <= longest) printer[field] = value;
    else reader.notCarry(key, "not-usable");
  }
  return printer;
}
