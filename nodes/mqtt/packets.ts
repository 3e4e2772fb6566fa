import type { Buffer } from "node:buffer";
import type { IPublishPacket, MqttClient } from "mqtt";
import type { Delivery, Publication } from "./message.ts";
import { failure, type Problem } from "./problem.ts";
import { problemOfLimits } from "./publish-limits.ts";
import type { SubscribeExit } from "./subscribe-sender.ts";

/** A client as the senders of subscriptions use it. */
export function subscribeExit(client: MqttClient): SubscribeExit {
  return {
    maximumPacketSize: client.serverProperties?.maximumPacketSize,
    subscribe: (filters, qos, subscriptionIdentifier, done) => {
      const options = {
        qos,
        ...(identifiesSubscriptions(client) ? { properties: { subscriptionIdentifier } } : {}),
      } as const;
      client.subscribe([...filters], options, (_error, _granted, suback) => {
        if (suback !== undefined) done(suback.granted.map(Number));
      });
    },
    unsubscribe: (filters, done) => {
      client.unsubscribe([...filters], (error) => {
        if (!error) done();
      });
    },
    ping: (answered) => sendPing(client, answered),
  };
}

/** @param answered not called if the connection goes first */
export function sendPing(client: MqttClient, answered: () => void): void {
  const { stream } = client;
  const onPacket = ({ cmd }: { readonly cmd: string }): void => {
    if (cmd !== "pingresp" && stream === client.stream) return;
    client.off("packetreceive", onPacket);
    if (cmd === "pingresp" && stream === client.stream) answered();
  };
  client.on("packetreceive", onPacket);
  client.sendPing();
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
  return { topic, payload, qos, retain, subscriptions, memo: undefined };
}

/**
 * Returns the packet identifier if the broker must acknowledge the message.
 *
 * @param dup it was sent before, with the same packet identifier [MQTT-3.3.1-1]
 */
export function sendPublish(
  client: MqttClient,
  publication: Publication,
  sent: (problem?: Problem) => void,
  dup = false,
): number | undefined {
  const limits = client.serverProperties;
  const refused = limits === undefined ? undefined : problemOfLimits(publication, limits);
  if (refused !== undefined) {
    sent(refused);
    return undefined;
  }
  const { topic, payload, qos, retain } = publication;
  gatherWrites(client.stream);
  client.publish(topic, payload, { qos, retain, dup }, (error) => {
    sent(error ? failure("publish-refused", { topic, reason: error.message }).problem : undefined);
  });
  return qos === 0 ? undefined : client.getLastMessageId();
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
