import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { SchemeSettings } from "../../nodes/octoprint/topics/scheme.ts";
import { packageDir, packageName } from "../support/node-red.ts";

/** A node of a flow file. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

/** What differs between an example as a user imports it and as the demo runs it. */
export interface Surroundings {
  /** The broker's address, without user name and password. */
  readonly brokerUrl: string;
  /** How the printer that the recording comes from publishes. */
  readonly recorded: Partial<SchemeSettings>;
  /** Put before every base topic. */
  readonly prefix: string;
  /** The OctoPrint that the examples reach directly; without one they say what to fill in. */
  readonly octoprint?: { readonly url: string; readonly apiKey: string };
  /** How many times as fast the simulated printer prints. */
  readonly speed: number;
}

/** The base topic of the examples' "My printer": the plugin's default. */
const ownBaseTopic = "octoPrint/";
/** The base topic of the examples' "My farm". */
const farmBaseTopic = "farm/{printer}/";

/** As in the import menu: `MQTT/Simulated printer` is in the sub menu `MQTT`. */
export function exampleNames(): string[] {
  return readdirSync(join(packageDir, "examples"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replaceAll(sep, "/").replace(/\.json$/, ""))
    .sort();
}

export function readExample(name: string): FlowNode[] {
  return readFlow(join(packageDir, "examples", `${name}.json`));
}

/** What it publishes stands below homeassistant/, and not below the demo's prefix: on another broker that is real. */
const outside = "Home Assistant/Announce printers";

/** The demo's flows: a tab to start with, and each example in a tab of its own. */
export function demoFlows(surroundings: Surroundings): FlowNode[] {
  const first = "MQTT/Simulated printer";
  const examples = exampleNames()
    .filter((name) => surroundings.prefix === "" || name !== outside)
    .sort((a, b) => Number(b === first) - Number(a === first))
    .map(readExample)
    .filter((flow) => surroundings.octoprint !== undefined || !flow.some(({ type }) => type === "octoprint-server"));
  const flows = [readFlow(join(__dirname, "start-here.json")), ...examples];
  return mergeConfigNodes(flows.flatMap((flow) => adapted(flow, surroundings)));
}

/** What is imported by hand from the editor's menu shall run against the demo's broker, too. */
export function adaptMenu(userDir: string, surroundings: Surroundings): void {
  for (const name of exampleNames()) {
    const file = join(userDir, "node_modules", packageName, "examples", `${name}.json`);
    writeFileSync(file, JSON.stringify(adapted(readFlow(file), surroundings)));
  }
}

export function adapted(flow: readonly FlowNode[], surroundings: Surroundings): FlowNode[] {
  const { brokerUrl, recorded, prefix, speed, octoprint } = surroundings;
  const farmIsThere = recorded.baseTopic === undefined || recorded.baseTopic === farmBaseTopic;
  const printer = (node: FlowNode): FlowNode => {
    const own = node.baseTopic === ownBaseTopic ? { ...node, ...recorded, name: "Recorded printer" } : node;
    // No farm is recorded: then the printers that are there are one.
    const baseTopic = node.baseTopic === farmBaseTopic && !farmIsThere ? "{printer}/" : own.baseTopic;
    return { ...own, baseTopic: `${prefix}${baseTopic}` };
  };
  return flow.map((node) => {
    switch (node.type) {
      case "octoprint-broker":
        return { ...node, url: brokerUrl, statusTopic: node.statusTopic ? `${prefix}${node.statusTopic}` : "" };
      case "octoprint-server":
        if (octoprint === undefined) return node;
        return { ...node, url: octoprint.url, credentials: { apiKey: octoprint.apiKey } };
      case "octoprint-printer":
        return printer(node);
      case "change":
        return {
          ...node,
          rules: rulesOf(node).map((rule) => (isTopic(rule) ? { ...rule, to: `${prefix}${rule.to}` } : rule)),
        };
      case "inject":
        return node.repeat ? { ...node, repeat: String(Number(node.repeat) / speed) } : node;
      default:
        return node;
    }
  });
}

interface ChangeRule {
  readonly p: string;
  readonly to?: string;
  readonly tot?: string;
}

function rulesOf({ rules }: FlowNode): readonly ChangeRule[] {
  return Array.isArray(rules) ? rules : [];
}

/** A topic written out, which is then published to as it is. */
function isTopic({ p, tot }: ChangeRule): boolean {
  return p === "topic" && tot === "str";
}

function readFlow(file: string): FlowNode[] {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The examples share their configuration nodes: each is there once. */
export function mergeConfigNodes(nodes: readonly FlowNode[]): FlowNode[] {
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}
