import type { Scope } from "../support/cleanup.ts";
import { type Burst, burstOf, markedBurstOf, samplesInAPrint } from "./load.ts";
import type { Options } from "./options.ts";
import { measurePublishing, type Published } from "./publishing.ts";
import { type Contender, Stage, Unaccounted } from "./stage.ts";
import { isDerived, type Variant } from "./variants.ts";

/** Everything about one variant at one number of printers. */
export interface Received {
  readonly variant: Variant;
  readonly printers: number;
  /** CPU microseconds a message, one figure a round. */
  readonly costs: readonly number[];
  /** Milliseconds from publishing to the msg; empty where the variant cannot keep up with the rate. */
  readonly latencies: readonly number[];
  /** Milliseconds from "Started flows" until the state of every printer was there. */
  readonly subscribed: number;
  /** Bytes in use after all of it. */
  readonly memory: number;
}

export interface Results {
  readonly received: readonly Received[];
  readonly published: readonly Published[];
  /** How many messages were published and arrived, all of them. */
  readonly messages: number;
}

export async function measure(scope: Scope, options: Options): Promise<Results> {
  const stage = await Stage.open(scope, options.profile);
  const published = options.publishing ? await measurePublishing(stage, options) : { results: [], messages: 0 };
  const contenders = await startAll(stage, options);
  const receiving = await measureReceiving(stage, contenders, options);
  return {
    received: receiving.results,
    published: published.results,
    messages: published.messages + receiving.messages,
  };
}

/** One after the other: each start is measured. */
async function startAll(stage: Stage, { variants, printers, progress }: Options): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const count of printers) {
    for (const variant of variants) {
      const contender = await stage.startContender(variant, count);
      if (contender.consumer.output !== "") throw new Unaccounted(contender.consumer.output);
      progress(`${contender.consumer.name}: subscribed after ${contender.subscribed.toFixed(0)} ms`);
      contenders.push(contender);
    }
  }
  return contenders;
}

class Lane {
  readonly contender: Contender;
  readonly costs: number[] = [];
  readonly latencies: number[] = [];
  /** Prints in a burst. */
  #prints = 1;
  /** CPU microseconds a message, as far as is known. */
  cost = Number.NaN;
  messages = 0;

  constructor(contender: Contender) {
    this.contender = contender;
  }

  async run(stage: Stage): Promise<void> {
    const burst = this.#burst(this.#prints);
    this.cost = (await stage.run(this.contender, burst)) / burst.count;
    this.messages += burst.count;
  }

  /** Made anew each time: those of all lanes at once would be half a gigabyte. */
  #burst(prints: number): Burst {
    const { variant, prefix, printers } = this.contender;
    return isDerived(variant) ? markedBurstOf(prefix, printers, prints) : burstOf(prefix, printers, prints);
  }

  /** Runs hot, and finds out how large a burst may be. */
  async warmUp(stage: Stage, { warmUp, burst, longest }: Options): Promise<void> {
    const budget = longest * 1000;
    for (let spent = 0; this.messages < warmUp && spent < budget; ) {
      const before = this.messages;
      await this.run(stage);
      spent += this.cost * (this.messages - before);
      this.#prints = Math.max(1, Math.ceil(Math.min(burst, budget / this.cost) / samplesInAPrint));
    }
  }

  async pace(stage: Stage, rate: number): Promise<void> {
    // It takes half of the time at most, or a queue is measured.
    if (this.cost * rate > 500_000 || isDerived(this.contender.variant)) return;
    const print = this.#burst(1);
    this.latencies.push(...(await stage.paced(this.contender, print, rate)));
    this.messages += print.count;
  }

  async result(): Promise<Received> {
    const { variant, printers, subscribed, consumer } = this.contender;
    const { bytes } = await consumer.request({ type: "memory" }, "memory");
    return { variant, printers, costs: this.costs, latencies: this.latencies, subscribed, memory: bytes };
  }
}

async function measureReceiving(
  stage: Stage,
  contenders: readonly Contender[],
  options: Options,
): Promise<{ results: Received[]; messages: number }> {
  const { rounds, rate, latencyRounds, settle, progress } = options;
  const lanes = contenders.map((contender) => new Lane(contender));
  const settled = new Promise((resolve) => setTimeout(resolve, settle));
  progress("warming up");
  for (const lane of lanes) await lane.warmUp(stage, options);
  await settled;
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    for (const lane of shuffled(lanes)) {
      await lane.run(stage);
      lane.costs.push(lane.cost);
    }
  }
  for (let round = 1; round <= latencyRounds; round++) {
    progress(`latency, round ${round} of ${latencyRounds}`);
    for (const lane of shuffled(lanes)) await lane.pace(stage, rate);
  }
  const results: Received[] = [];
  for (const lane of lanes) results.push(await lane.result());
  return { results, messages: lanes.reduce((sum, { messages }) => sum + messages, 0) };
}

/** Whoever comes next must not always be the same, for it finds the processor's caches as it left them. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
