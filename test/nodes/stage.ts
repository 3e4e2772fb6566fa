import type { TestContext } from "node:test";
import { cleanup } from "../support/cleanup.ts";
import type { RecordedMessage } from "../support/recordings.ts";
import { shopDoor } from "../support/third-party.ts";
import { type Started, type StartOptions, start } from "./flow.ts";

/** When a story begins, ms since the epoch. */
export const begin = 1_795_000_000_000;

/** A flow on a broker, in a time of its own. */
export interface Stage extends Started {
  /** Lets time pass, ms. */
  pass(ms: number): void;
  /** Publishes below `octoprint/`, and comes back when the nodes have it. */
  say(topic: string, payload: object | string, options?: { retain?: boolean }): Promise<void>;
  /** Publishes what was recorded, at the pace at which it was. */
  play(messages: readonly RecordedMessage[]): Promise<void>;
}

/** Somebody else's node, which hears everything: what it has heard the others have heard. */
export const door = [
  { id: "door", z: "tab", type: "shop-door", broker: "b", filter: "#", wires: [["to-door"]] },
  { id: "to-door", z: "tab", type: "sink", wires: [] },
];

/** Starts the nodes; from then on time passes only as the test says. */
export async function setStage(
  t: TestContext,
  nodes: Parameters<typeof start>[1],
  options: StartOptions = {},
): Promise<Stage> {
  // Without a keep-alive time, for hours may pass in which the broker is not asked.
  const started = await start(t, [...nodes, ...door], {
    ...options,
    broker: { keepalive: "0", ...options.broker },
    nodes: [shopDoor],
  });
  await started.subscribed.next();
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: begin });
  // Nodes that close wait for the broker, but only for a while: that while has to pass by itself.
  cleanup(t, () => t.mock.timers.reset());
  const { broker, runtime } = started;
  const publish = async (topic: string, payload: string | Buffer, retain: boolean): Promise<void> => {
    await broker.publish(topic, payload, { retain });
    await runtime.sink("to-door").next((heard) => heard.topic === topic);
    // The others were handed it in the same turn; Node-RED passes it on in the next.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...started,
    pass: (ms) => t.mock.timers.tick(ms),
    say: (topic, payload, { retain = false } = {}) =>
      publish(`octoprint/${topic}`, typeof payload === "string" ? payload : JSON.stringify(payload), retain),
    async play(messages) {
      let now = 0;
      for (const { t: at, topic, payload, retain } of messages) {
        t.mock.timers.tick(at - now);
        now = at;
        await publish(topic, payload, retain);
      }
    },
  };
}
