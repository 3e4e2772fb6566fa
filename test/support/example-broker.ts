import { startAedes } from "./broker.ts";
import type { Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";
import { type Observer, observe, type Publisher, publisher } from "./wire.ts";

/** A broker for examples: a printer that publishes on it, and all that it carries. */
export interface ExampleBroker {
  readonly url: string;
  readonly printer: Publisher;
  readonly wire: Observer;
  /** Waits until Node-RED has subscribed: what was published before is not received. */
  subscribed(filter: string): Promise<void>;
  /** Cuts every connection and refuses new ones. */
  down(): Promise<void>;
}

export async function startExampleBroker(scope: Scope): Promise<ExampleBroker> {
  const broker = await startAedes(scope);
  const subscriptions = new Mailbox<string>("a subscription");
  broker.aedes.on("subscribe", (wanted) => {
    for (const { topic } of wanted) subscriptions.push(topic);
  });
  const wire = await observe(scope, broker.url, "#", { protocolVersion: 4 });
  const printer = await publisher(scope, broker.url);
  return {
    url: broker.url,
    printer,
    wire,
    async subscribed(filter) {
      await subscriptions.next((topic) => topic === filter);
    },
    down: () => broker.down(),
  };
}
