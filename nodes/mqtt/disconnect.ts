import type { MqttClient } from "mqtt";
import { withinLimits } from "./publish-limits.ts";

const lastMessage = { payload: "disconnected", qos: 1, retain: true } as const;

/**
 * Ends a client cleanly, so that its will is not published, and sends what the will would have said.
 *
 * @param patience ms that each step waits for the broker
 */
export async function disconnect(client: MqttClient, statusTopic: string, patience: number): Promise<void> {
  if (client.connected && statusTopic !== "") {
    const message = { ...lastMessage, topic: statusTopic };
    const { topic, payload, qos, retain } = withinLimits(message, client.serverProperties ?? {});
    await within(patience, (done) => void client.publish(topic, payload, { qos, retain }, () => done()));
  }
  await within(patience, (done) => void client.end(!client.connected, () => done()));
  // If the broker does not close its side, the socket would stay open.
  client.stream.destroy();
}

/** Resolves when the work calls back, or when the time, ms, is over. */
export function within(time: number, work: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, time);
    work(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
