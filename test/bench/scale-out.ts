import { availableParallelism, cpus } from "node:os";
import type { Scope } from "../support/cleanup.ts";
import type { Consumer } from "./consumer-process.ts";
import { type Burst, burstOf } from "./load.ts";
import { Stage, Unaccounted } from "./stage.ts";
import { quartilesOf, ratiosOf } from "./statistics.ts";

export interface ScaleOutOptions {
  readonly rounds: number;
  /** Cores that must be free: the broker's, the publisher's, and two for each Node-RED. */
  readonly cores: number;
  /** Printers in the farm that is shared. */
  readonly printers: number;
  /** How many prints are published at once, over all printers. */
  readonly prints: number;
  readonly progress: (text: string) => void;
}

export const scaleOutDefaults = { cores: 6, printers: 100, prints: 1000 } as const;

/** Messages a second, a figure a round: of one Node-RED alone in its group, and of two in one together. */
export interface Throughput {
  readonly measured: true;
  readonly alone: readonly number[];
  readonly together: readonly number[];
  /** What the first of the two got of it, a figure a round. */
  readonly shares: readonly number[];
}

export type ScaleOut = Throughput | { readonly measured: false; readonly reason: string };

/** How many cores nobody uses at the moment. */
async function freeCores(): Promise<number> {
  const idle = (): number => cpus().reduce((ms, { times }) => ms + times.idle, 0);
  const [before, start] = [idle(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const free = Math.round((idle() - before) / (performance.now() - start));
  return Math.min(availableParallelism(), free);
}

/** How much more two Node-REDs of a group take than one: only where they are not in each other's way. */
export async function measureScaleOut(scope: Scope, options: ScaleOutOptions): Promise<ScaleOut> {
  const { cores, rounds, printers, prints, progress } = options;
  const free = await freeCores();
  if (free < cores) {
    const reason = `it needs ${cores} free cores; of ${availableParallelism()} here, ${free} are free`;
    return { measured: false, reason };
  }
  progress("scale-out");
  const stage = await Stage.open(scope);
  const lanes = [await startGroup(stage, 1), await startGroup(stage, 2)] as const;
  const bursts = lanes.map(({ prefix }) => burstOf(prefix, printers, prints));
  const results: Passage[][] = [[], []];
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const [lane, burst] = [lanes[at], bursts[at]];
      if (lane === undefined || burst === undefined) continue;
      const passage = await pass(stage, lane.members, burst);
      if (round > 0) results[at]?.push(passage);
    }
  }
  const [alone = [], together = []] = results;
  return {
    measured: true,
    alone: alone.map(({ rate }) => rate),
    together: together.map(({ rate }) => rate),
    shares: together.map(({ first }) => first),
  };
}

interface Group {
  readonly prefix: string;
  readonly members: readonly Consumer[];
}

async function startGroup(stage: Stage, size: number): Promise<Group> {
  const prefix = stage.nextPrefix();
  const members: Consumer[] = [];
  for (let at = 1; at <= size; at++) members.push(await stage.startMember(`${at} of a group of ${size}`, prefix));
  return { prefix, members };
}

interface Passage {
  /** Messages a second. */
  readonly rate: number;
  /** The first member's part of them, 0 to 1. */
  readonly first: number;
}

const patience = 120_000;

/** Publishes the burst at once, and waits until all of it has come to one of the members each. */
async function pass(stage: Stage, members: readonly Consumer[], burst: Burst): Promise<Passage> {
  for (const member of members) await member.request({ type: "begin", expected: 0, times: false }, "begun");
  const start = performance.now();
  stage.write(Buffer.concat(burst.packets));
  for (;;) {
    const counts = await Promise.all(members.map((member) => member.request({ type: "count" }, "count")));
    const ms = performance.now() - start;
    const count = counts.reduce((all, each) => all + each.count, 0);
    const sum = counts.reduce((all, each) => all + each.sum, 0);
    if (count > burst.count || (count === burst.count && sum !== burst.timestamps)) {
      throw new Unaccounted("scale-out: not every message came to exactly one Node-RED");
    }
    if (count === burst.count) return { rate: (1000 * count) / ms, first: (counts[0]?.count ?? 0) / count };
    if (ms > patience) throw new Unaccounted(`scale-out: ${burst.count - count} messages were lost`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** As Markdown. */
export function scaleOutReport(result: ScaleOut): string {
  const heading = "### Scale-out";
  if (!result.measured)
    return `${heading}\n\nThe joint throughput of two Node-REDs was not measured: ${result.reason}.`;
  const { alone, together, shares } = result;
  const figure = (value: number): string => Math.round(value).toLocaleString("en-US");
  const row = (name: string, rates: readonly number[], times: string): string => {
    const { lower, median, upper } = quartilesOf(rates);
    return `| ${name} | ${figure(median)} (${figure(lower)}–${figure(upper)}) | ${times} |`;
  };
  const ratio = ratiosOf(together, alone);
  return [
    heading,
    "",
    "| | messages a second | × one |",
    "| --- | ---: | ---: |",
    row("one Node-RED in a group", alone, "1"),
    row("two in a group, together", together, ratio.median.toFixed(2)),
    "",
    `Each message came to exactly one of them; the first of the two got ${Math.round(100 * quartilesOf(shares).median)} %.`,
  ].join("\n");
}
