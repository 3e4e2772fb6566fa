import type { Protocol } from "../mqtt/protocols.ts";
import type { BrokerSettings } from "./settings.ts";

/** What an `octoprint-broker` takes over from a core `mqtt-broker` node, beside its login. */
export type CoreBrokerSettings = Pick<BrokerSettings, "url" | "port" | "useTls" | "tls" | "protocol" | "keepalive">;

/** The schemes that core accepts beside MQTT's own, by the names that we use. */
const schemes: Readonly<Record<string, string>> = { tcp: "mqtt", ssl: "mqtts", tls: "mqtts", "mqtt+ssl": "mqtts" };

/**
 * A core `mqtt-broker` node's settings, as ours. `node`: its properties, as the editor stores them or as the runtime
 * has them.
 *
 * @example coreBrokerSettings({ broker: "broker.local", port: "1883", usetls: false, protocolVersion: "4", keepalive: "60" })
 * // { url: "broker.local", port: "1883", useTls: false, tls: "", protocol: "MQTTv311", keepalive: "60" }
 */
export function coreBrokerSettings(node: object): CoreBrokerSettings {
  const settings: Readonly<Record<string, unknown>> = { ...node };
  const server = textOf(settings.broker).trim();
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(server) ?? [];
  const useTls = isTrue(settings.usetls);
  const shared = {
    tls: useTls ? textOf(settings.tls) : "",
    protocol: protocolOf(settings),
    // Nodes that were saved before core had this setting connect with 60 s.
    keepalive: textOf(settings.keepalive ?? 60).trim() || "0",
  };
  // With a URL core ignores the port and the tick, which its dialog then disables.
  if (scheme !== undefined) {
    const known = schemes[scheme.toLowerCase()] ?? scheme;
    return { ...shared, url: `${known}://${rest ?? ""}`, port: "", useTls: false };
  }
  // Core's defaults, with TLS too.
  return { ...shared, url: server || "localhost", port: textOf(settings.port).trim() || "1883", useTls };
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function protocolOf({ compatmode, protocolVersion }: Readonly<Record<string, unknown>>): Protocol {
  const version = isTrue(compatmode) ? 3 : Number(protocolVersion);
  return version === 3 ? "MQTTv31" : version === 5 ? "MQTTv5" : "MQTTv311";
}
