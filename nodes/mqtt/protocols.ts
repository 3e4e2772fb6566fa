/** The protocol versions under the plugin's names, the usual one first. */
export const protocols = {
  MQTTv311: { protocolId: "MQTT", protocolVersion: 4 },
  MQTTv31: { protocolId: "MQIsdp", protocolVersion: 3 },
  MQTTv5: { protocolId: "MQTT", protocolVersion: 5 },
} as const;

/** The MQTT versions, as the plugin's config.yaml calls them. */
export type Protocol = keyof typeof protocols;

/** Whether a setting names one of the MQTT versions. */
export function isProtocol(name: unknown): name is Protocol {
  return typeof name === "string" && Object.hasOwn(protocols, name);
}
