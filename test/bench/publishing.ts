import type { Consumer } from "./consumer-process.ts";
import { timestampsOf } from "./load.ts";
import type { Options } from "./options.ts";
import { type Stage, Unaccounted } from "./stage.ts";
import { type PublisherVariant, publisherVariants } from "./variants.ts";

export interface Published {
  readonly variant: PublisherVariant;
  readonly qos: 0 | 1;
  /** CPU microseconds a message, one figure a round. */
  readonly costs: readonly number[];
}

/** Messages that a flow publishes at once; half of what `octoprint-mqtt-out` lets wait. */
const salvo = 500;

/** Counts what is heard of one publisher. */
class Ear {
  #missing = 0;
  #sum = 0;
  #complete: (sum: number) => void = () => undefined;

  /** @param who for the error if they do not come */
  expect(count: number, who: Consumer): Promise<number> {
    if (this.#missing !== 0) throw new Unaccounted("messages were published that nobody asked for");
    this.#missing = count;
    this.#sum = 0;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Unaccounted(`${who.name}: ${this.#missing} messages were never published\n${who.output}`)),
        20_000,
      );
      this.#complete = (sum) => {
        clearTimeout(timer);
        resolve(sum);
      };
    });
  }

  hear(payload: Buffer): void {
    const [, timestamp] = /"_timestamp": ?(\d+)/.exec(payload.toString()) ?? [];
    this.#sum += Number(timestamp);
    if (--this.#missing === 0) this.#complete(this.#sum);
  }
}

/** One node that publishes with one QoS. */
class Lane {
  readonly variant: PublisherVariant;
  readonly qos: 0 | 1;
  readonly costs: number[] = [];
  messages = 0;
  readonly #consumer: Consumer;
  readonly #ear: Ear;

  constructor(variant: PublisherVariant, qos: 0 | 1, consumer: Consumer, ear: Ear) {
    this.variant = variant;
    this.qos = qos;
    this.#consumer = consumer;
    this.#ear = ear;
  }

  /** CPU microseconds a message. */
  async run(salvos: number): Promise<number> {
    await this.#consumer.request({ type: "begin", expected: 0, times: false }, "begun");
    for (let at = 0; at < salvos; at++) {
      const complete = this.#ear.expect(salvo, this.#consumer);
      this.#consumer.send({ type: "publish", qos: this.qos, count: salvo });
      if ((await complete) !== timestampsOf(salvo))
        throw new Unaccounted("other messages were published than asked for");
    }
    const { cpu } = await this.#consumer.request({ type: "cpu" }, "cpu");
    this.messages += salvos * salvo;
    return cpu / (salvos * salvo);
  }
}

/** What publishing costs, ours and the least, with QoS 0 and 1. */
export async function measurePublishing(
  stage: Stage,
  { rounds, burst, warmUp, progress }: Options,
): Promise<{ readonly results: Published[]; readonly messages: number }> {
  progress("publishing");
  const consumers: Consumer[] = [];
  const lanes: Lane[] = [];
  for (const variant of publisherVariants) {
    const { consumer, baseTopic } = await stage.startPublisher(variant);
    if (consumer.output !== "") throw new Unaccounted(consumer.output);
    consumers.push(consumer);
    const ear = new Ear();
    await stage.listen([`${baseTopic}#`], (_topic, payload) => ear.hear(payload));
    for (const qos of [0, 1] as const) lanes.push(new Lane(variant, qos, consumer, ear));
  }
  const salvos = Math.ceil(burst / salvo);
  for (const lane of lanes) {
    while (lane.messages < warmUp) await lane.run(salvos);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const lane of round % 2 === 0 ? lanes : [...lanes].reverse()) lane.costs.push(await lane.run(salvos));
  }
  for (const consumer of consumers) await consumer.end();
  return { results: lanes, messages: lanes.reduce((sum, { messages }) => sum + messages, 0) };
}
