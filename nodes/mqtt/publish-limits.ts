import { Buffer } from "node:buffer";
import type { IConnackPacket } from "mqtt";
import type { Publication } from "./message.ts";
import { failure, type Problem } from "./problem.ts";

/** What a broker of MQTT 5 says in its CONNACK that it takes [3.2.2.3]; older protocols have no way to say so. */
export type PublishLimits = Pick<
  NonNullable<IConnackPacket["properties"]>,
  "maximumQoS" | "retainAvailable" | "maximumPacketSize"
>;

type Message = Pick<Publication, "topic" | "payload" | "qos" | "retain">;

/** Bytes after a packet's fixed header, at most [2.2.3]. */
const mostRemaining = 268_435_455;

/** Why this broker does not take a message: it would hang up [MQTT-3.2.2-11], [MQTT-3.2.2-14], [MQTT-3.2.2-15]. */
export function problemOfLimits(message: Message, limits: PublishLimits): Problem | undefined {
  const { maximumQoS, retainAvailable, maximumPacketSize } = limits;
  if (maximumQoS !== undefined && message.qos > maximumQoS) {
    return failure("qos-unsupported", { qos: message.qos, limit: maximumQoS }).problem;
  }
  if (message.retain && retainAvailable === false) return failure("retain-unavailable").problem;
  if (maximumPacketSize === undefined) return undefined;
  const size = packetSize(message);
  return size > maximumPacketSize ? failure("packet-too-large", { size, limit: maximumPacketSize }).problem : undefined;
}

/** Why no broker at all takes a message: MQTT has no way to send it. */
export function problemOfSize(message: Message): Problem | undefined {
  const longest = 3 * message.payload.length + 3 * message.topic.length + 16;
  if (longest <= mostRemaining) return undefined;
  const size = remainingLength(message);
  return size > mostRemaining ? failure("message-too-large", { size, limit: mostRemaining }).problem : undefined;
}

/** Adapts a message that must be sent in any case: to the broker's QoS, and not retained if the broker retains nothing. */
export function withinLimits<T extends Message>(message: T, { maximumQoS = 2, retainAvailable }: PublishLimits): T {
  const qos = maximumQoS < message.qos ? (maximumQoS === 0 ? 0 : 1) : message.qos;
  return { ...message, qos, retain: message.retain && retainAvailable !== false };
}

/** A PUBLISH of MQTT 5 without properties, in bytes. */
function packetSize(message: Message): number {
  const rest = remainingLength(message);
  const bytesOfLength = rest < 128 ? 1 : rest < 16_384 ? 2 : rest < 2_097_152 ? 3 : 4;
  return 1 + bytesOfLength + rest;
}

function remainingLength({ topic, payload, qos }: Message): number {
  const topicLength = 2;
  const packetId = qos === 0 ? 0 : 2;
  const noProperties = 1;
  const bytes = typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
  return topicLength + Buffer.byteLength(topic) + packetId + noProperties + bytes;
}
