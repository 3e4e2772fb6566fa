import { cpus } from "node:os";
import { fromNodeRedDir, packageDir } from "../support/node-red.ts";
import type { Received, Results } from "./measure.ts";
import type { Published } from "./publishing.ts";
import { type Quartiles, quantile, quartilesOf, ratiosOf } from "./statistics.ts";
import { isDerived, type PublisherVariant, publishers, type Variant, variants } from "./variants.ts";

type Row = readonly string[];

/** The results as Markdown: tables for the documentation, and what was aimed at. */
export function reportOf(results: Results, command: string, date: Date): string {
  const { received, published, messages } = results;
  return [
    heading(command, date),
    `${messages.toLocaleString("en-US")} messages were published and all of them arrived, each once.`,
    ...(received.length > 0 ? [receiving(received), latency(received), starting(received)] : []),
    ...(published.length > 0 ? [publishing(published)] : []),
    targets(results),
  ].join("\n\n");
}

function heading(command: string, date: Date): string {
  const [cpu] = cpus();
  const version = (name: string): string => {
    const { version }: { version: string } = fromNodeRedDir(`${name}/package.json`);
    return version;
  };
  const { version: own }: { version: string } = require(`${packageDir}/package.json`);
  return [
    `- ${date.toISOString().slice(0, 10)}, \`${command}\``,
    `- ${cpus().length} cores, ${cpu?.model.trim()}, ${process.platform} ${process.arch}`,
    `- version ${own}, Node.js ${process.versions.node}, Node-RED ${version("node-red")}, MQTT.js ${version("mqtt")}`,
  ].join("\n");
}

function table(head: Row, rows: readonly Row[]): string {
  const all = [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows];
  return all.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function find(received: readonly Received[], variant: Variant, printers: number): Received | undefined {
  return received.find((result) => result.variant === variant && result.printers === printers);
}

function sizesOf(received: readonly Received[]): number[] {
  return [...new Set(received.map(({ printers }) => printers))].sort((a, b) => a - b);
}

function ratio({ lower, median, upper }: Quartiles): string {
  return `${figure(median)} (${figure(lower)}–${figure(upper)})`;
}

function figure(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function receiving(received: readonly Received[]): string {
  const rows = received.map(({ variant, printers, costs }): Row => {
    const against = (other: Variant): string => {
      const result = find(received, other, printers);
      return result === undefined ? "–" : ratio(ratiosOf(costs, result.costs));
    };
    return [variants[variant], String(printers), ratio(quartilesOf(costs)), against("floor"), against("least")];
  });
  return `### Receiving\n\n${table(["", "printers", "CPU µs a message", "× floor", "× least node"], rows)}`;
}

function latency(received: readonly Received[]): string {
  const rows = received
    .filter(({ variant }) => !isDerived(variant))
    .map(({ variant, printers, latencies }): Row => {
      const ms = (part: number): string =>
        latencies.length === 0 ? "cannot keep up" : figure(quantile(latencies, part));
      return [variants[variant], String(printers), ms(0.5), ms(0.99)];
    });
  return `### Latency at a steady rate\n\n${table(["", "printers", "p50 ms", "p99 ms"], rows)}`;
}

function starting(received: readonly Received[]): string {
  const rows = received.map((result): Row => {
    const bytes = bytesPerPrinter(received, result);
    const memory = bytes === undefined ? "–" : `${(bytes / 1024).toFixed(1)} KB`;
    return [variants[result.variant], String(result.printers), result.subscribed.toFixed(0), memory];
  });
  const head = ["", "printers", 'ms from "Started flows" until subscribed', "memory a printer"];
  return `### Start and memory\n\n${table(head, rows)}`;
}

/** What each printer adds, measured from the smallest number of them. */
function bytesPerPrinter(received: readonly Received[], { variant, printers, memory }: Received): number | undefined {
  const smallest = find(received, variant, Math.min(...sizesOf(received)));
  if (smallest === undefined || printers < smallest.printers + 50) return undefined;
  return (memory - smallest.memory) / (printers - smallest.printers);
}

function publishing(published: readonly Published[]): string {
  const rows = published.map(({ variant, qos, costs }): Row => {
    const least = costsOf(published, "least", qos);
    return [publishers[variant], String(qos), ratio(quartilesOf(costs)), ratio(ratiosOf(costs, least))];
  });
  return `### Publishing\n\n${table(["", "QoS", "CPU µs a message", "× least node"], rows)}`;
}

function costsOf(published: readonly Published[], variant: PublisherVariant, qos: 0 | 1): readonly number[] {
  return published.find((result) => result.variant === variant && result.qos === qos)?.costs ?? [];
}

/** What was aimed at, by the medians; a miss does not make the run invalid. */
function targets({ received, published }: Results): string {
  const rows: Row[] = [];
  const add = (what: string, value: number, met: boolean, limit: string): void => {
    if (!Number.isNaN(value)) rows.push([what, figure(value), limit, met ? "met" : "MISSED"]);
  };
  const most = (what: string, value: number, limit: number, unit = "×"): void =>
    add(what, value, value <= limit, `at most ${limit} ${unit}`);
  const median = (a: Received | undefined, b: Received | undefined): number =>
    ratiosOf(a?.costs ?? [], b?.costs ?? []).median;
  const sizes = sizesOf(received);
  for (const variant of ["ours", "farm"] as const) {
    const name = variants[variant];
    for (const size of sizes) {
      const ours = find(received, variant, size);
      if (ours === undefined) continue;
      const where = `${name}, ${size}`;
      most(`${where}: cost, least node`, median(ours, find(received, "least", size)), 1.15);
      const cheaper = median(find(received, "core", size), ours);
      if (size === 100) add(`${where}: cheaper than core`, cheaper, cheaper >= 20, "at least 20 ×");
      if (size === 1000) add(`${where}: cheaper than core`, cheaper, cheaper >= 400, "at least 400 ×");
      const floor = quantile(find(received, "floor", size)?.latencies ?? [], 0.5);
      most(`${where}: latency p50 above the floor`, quantile(ours.latencies, 0.5) - floor, 0.2, "ms");
      if (size !== 1000) continue;
      const growth = median(ours, find(received, variant, 1));
      const least = median(find(received, "least", size), find(received, "least", 1));
      most(`${where}: growth from 1 printer, that of the least node`, growth / least, 1.05);
      most(`${where}: until subscribed`, ours.subscribed, 500, "ms");
      most(`${where}: memory a printer`, (bytesPerPrinter(received, ours) ?? Number.NaN) / 1024, 25, "KB");
    }
  }
  for (const qos of [0, 1] as const) {
    const value = ratiosOf(costsOf(published, "ours", qos), costsOf(published, "least", qos)).median;
    most(`publishing, QoS ${qos}: cost, least node`, value, 1.15);
  }
  return `### Targets\n\n${table(["", "measured", "target", ""], rows)}`;
}
