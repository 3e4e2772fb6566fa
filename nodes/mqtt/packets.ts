import { Buffer } from "node:buffer";
import type { IPublishPacket, MqttClient } from "mqtt";
import type { Delivery, Publication, Wire } from "./message.ts";
import { failure, type Problem } from "./problem.ts";

/** Filters in one SUBSCRIBE; some brokers limit a packet's size. */
const batch = 500;

/**
 * QoS 2, that a message arrives with the QoS it was published with [MQTT-3.8.4-6].
 *
 * @param done is told which filters the broker refused, and whether with the reason 158, "shared subscriptions not
 *   supported"; not called if the connection is lost first
 */
export function sendSubscribe(
  client: MqttClient,
  filters: readonly string[],
  subscriptionIdentifier: number,
  done: Parameters<Wire["subscribe"]>[2],
): void {
  const packets: string[][] = [];
  for (let from = 0; from < filters.length; from += batch) packets.push(filters.slice(from, from + batch));
  const refused: string[] = [];
  let notShared = false;
  let awaited = packets.length;
  const options = {
    qos: 2,
    ...(identifiesSubscriptions(client) ? { properties: { subscriptionIdentifier } } : {}),
  } as const;
  for (const packet of packets) {
    client.subscribe(packet, options, (_error, _granted, suback) => {
      if (suback === undefined) awaited = Number.POSITIVE_INFINITY;
      refused.push(...packet.filter((_, index) => Number(suback?.granted[index]) >= 128));
      notShared ||= suback?.granted.some((reason) => Number(reason) === 158) ?? false;
      if (--awaited === 0) done(refused, notShared);
    });
  }
}

/** MQTT 5 knows identifiers, unless the broker says that it does not [3.2.2.3.12]. */
export function identifiesSubscriptions({ options, serverProperties }: MqttClient): boolean {
  return options.protocolVersion === 5 && serverProperties?.subscriptionIdentifiersAvailable !== false;
}

/** Why there are no shared subscriptions over this connection, or no way to tell what comes by them. */
export function sharingProblem(client: MqttClient): Problem | undefined {
  const { options, serverProperties } = client;
  if (options.protocolVersion !== 5) return failure("shared-needs-mqtt5").problem;
  const available = serverProperties?.sharedSubscriptionAvailable !== false && identifiesSubscriptions(client);
  return available ? undefined : failure("shared-unavailable").problem;
}

/** What came, as the router takes it. */
export function deliveryOf(topic: string, payload: Buffer, { qos, retain, properties }: IPublishPacket): Delivery {
  const identifiers = properties?.subscriptionIdentifier;
  const subscriptions = typeof identifiers === "number" ? [identifiers] : identifiers;
  return { topic, payload, qos, retain, subscriptions };
}

/** @param done is not called if the connection goes first */
export function sendUnsubscribe(client: MqttClient, filters: readonly string[], done: () => void): void {
  client.unsubscribe([...filters], (error) => {
    if (!error) done();
  });
}

/** The result is the packet identifier, where the broker is to acknowledge the message. */
export function sendPublish(
  client: MqttClient,
  { topic, payload, qos, retain }: Publication,
  sent: (problem?: Problem) => void,
): number | undefined {
  const limit = client.serverProperties?.maximumPacketSize;
  const size = limit === undefined ? 0 : sizeOfPublish(topic, payload);
  if (limit !== undefined && size > limit) {
    sent(failure("packet-too-large", { size, limit }).problem);
    return undefined;
  }
  gatherWrites(client.stream);
  client.publish(topic, payload, { qos, retain }, (error) => {
    sent(error ? failure("publish-refused", { topic, reason: error.message }).problem : undefined);
  });
  return qos === 0 ? undefined : client.getLastMessageId();
}

/** A PUBLISH of MQTT 5, in bytes: a broker that is sent more than it takes hangs up [MQTT-3.2.2-15]. */
function sizeOfPublish(topic: string, payload: string | Buffer): number {
  const topicLength = 2;
  const packetId = 2;
  const noProperties = 1;
  const rest = topicLength + Buffer.byteLength(topic) + packetId + noProperties + Buffer.byteLength(payload);
  const bytesOfLength = rest < 128 ? 1 : rest < 16_384 ? 2 : rest < 2_097_152 ? 3 : 4;
  return 1 + bytesOfLength + rest;
}

/**
 * One system call for what is published in a turn of the event loop: one for each message would cost more than all else
 * that is done for it. Not for more than half of what the stream takes, for then it would say that it is full.
 */
function gatherWrites(stream: MqttClient["stream"]): void {
  const gathering = stream.writableCorked > 0;
  if (gathering && stream.writableLength < stream.writableHighWaterMark / 2) return;
  while (stream.writableCorked > 0) stream.uncork();
  stream.cork();
  if (!gathering) setImmediate(() => stream.uncork());
}
