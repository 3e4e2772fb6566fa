import { readFileSync } from "node:fs";
import type { Scope } from "../support/cleanup.ts";
import { goodKey, type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { type NodeRedProcess, startNodeRed } from "../support/process.ts";
import { readPushRecording } from "../support/push-recording.ts";
import { Unaccounted } from "./stage.ts";

/*
 * What OctoPrints cost a Node-RED that speaks to them directly: stand-ins that push what a real one pushed during a print,
 * at its own pace, each to an octoprint-server, an octoprint-printer and an octoprint-in of its own.
 */

export interface ServersOptions {
  /** How many OctoPrints, one run each. */
  readonly servers: readonly number[];
  /** Milliseconds of printing that are measured. */
  readonly time: number;
  readonly progress: (text: string) => void;
}

export const serversDefaults = { servers: [1, 50], time: 60_000 } as const;

export interface ServersCost {
  readonly servers: number;
  /** Percent of a core, without what Node-RED takes when nothing comes. */
  readonly cpu: number;
  readonly idle: number;
  readonly frames: number;
  readonly messages: number;
}

/** How the servers came back that had lost their OctoPrints at once. */
export interface Storm {
  readonly servers: number;
  /** Milliseconds from the first one to the last. */
  readonly spread: number;
  /** Within a tenth of a second, at most. */
  readonly most: number;
}

export type Servers =
  | { readonly measured: true; readonly costs: readonly ServersCost[]; readonly storm: Storm }
  | { readonly measured: false; readonly reason: string };

export async function measureServers(scope: Scope, options: ServersOptions): Promise<Servers> {
  if (process.platform !== "linux") return { measured: false, reason: "only Linux tells what another process costs" };
  const costs: ServersCost[] = [];
  let storm: Storm = { servers: 0, spread: 0, most: 0 };
  for (const servers of options.servers) {
    options.progress(`${servers} OctoPrints`);
    const farm = await Farm.open(scope, servers);
    costs.push(await farm.cost(options.time));
    storm = await farm.storm();
    await farm.close();
  }
  return { measured: true, costs, storm };
}

class Farm {
  readonly #nodeRed: NodeRedProcess;
  readonly #standIns: readonly StandIn[];

  static async open(scope: Scope, servers: number): Promise<Farm> {
    const standIns: StandIn[] = [];
    while (standIns.length < servers) {
      const standIn = await startStandIn(scope);
      standIn.history = history;
      standIns.push(standIn);
    }
    const credentials = Object.fromEntries(standIns.map((_, at) => [`s${at}`, { apiKey: goodKey }]));
    const nodeRed = await startNodeRed(scope, { flows: flowOf(standIns), credentials });
    const farm = new Farm(nodeRed, standIns);
    await farm.#connected();
    return farm;
  }

  private constructor(nodeRed: NodeRedProcess, standIns: readonly StandIn[]) {
    this.#nodeRed = nodeRed;
    this.#standIns = standIns;
  }

  /** Every OctoPrint has a socket that is authorised. */
  async #connected(): Promise<void> {
    for (const { sockets } of this.#standIns) {
      const socket = await sockets.next();
      await socket.frames.next((frame) => "auth" in frame);
    }
  }

  async cost(time: number): Promise<ServersCost> {
    const { pid } = this.#nodeRed;
    // Node-RED has more to do in its first seconds.
    await pause(time / 6);
    const idle = await loadOf(pid, () => pause(time / 3));
    const before = await this.#count();
    const replays = this.#standIns.map((standIn, at) => new Replay(standIn, at / this.#standIns.length));
    const cpu = await loadOf(pid, () => pause(time));
    for (const replay of replays) replay.stop();
    const frames = replays.reduce((all, replay) => all + replay.sent, 0);
    // What was said at the end is still on its way.
    let messages = 0;
    for (let count = await this.#count(); count !== messages; count = await this.#count()) {
      messages = count;
      await pause(200);
    }
    const events = replays.reduce((all, replay) => all + replay.events, 0);
    if (messages - before < events) throw new Unaccounted(`${events} events, but ${messages - before} msgs`);
    return { servers: this.#standIns.length, cpu: cpu - idle, idle, frames, messages: messages - before };
  }

  async storm(): Promise<Storm> {
    const back: number[] = [];
    await Promise.all(this.#standIns.map((standIn) => standIn.stop()));
    await Promise.all(this.#standIns.map((standIn) => standIn.start()));
    await Promise.all(
      this.#standIns.map(async ({ sockets }) => {
        await sockets.next();
        back.push(performance.now());
      }),
    );
    const first = Math.min(...back);
    const within = back.map((from) => back.filter((at) => at >= from && at < from + 100).length);
    return { servers: back.length, spread: Math.max(...back) - first, most: Math.max(...within) };
  }

  async close(): Promise<void> {
    await this.#nodeRed.stop();
    await Promise.all(this.#standIns.map((standIn) => standIn.stop()));
  }

  async #count(): Promise<number> {
    const answer = await this.#nodeRed.get("/bench");
    return Number(await answer.text());
  }
}

/** The recorded print: its frames, milliseconds from its start. */
const frames = readPushRecording();
const print = frames.filter(({ t }) => t >= 6_800 && t < 112_000).map(({ t, data }) => ({ t: t - 6_800, data }));
const printTime = 105_200;
const history = Object(frames.find(({ data }) => "history" in Object(data))?.data).history;

/** Says the recorded print over and over, as fast as it was said. */
class Replay {
  readonly #standIn: StandIn;
  #at: number;
  #timer: NodeJS.Timeout | undefined;
  sent = 0;
  events = 0;

  /** @param start where in the print to begin, 0 to 1: not all printers say the same at once */
  constructor(standIn: StandIn, start: number) {
    this.#standIn = standIn;
    this.#at = Math.floor(start * print.length);
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #next(): void {
    const { t, data } = print[this.#at % print.length] ?? { t: 0, data: {} };
    const following = print[(this.#at + 1) % print.length]?.t ?? 0;
    this.#at++;
    const pauseUntil = following >= t ? following - t : following + printTime - t;
    if (typeof data === "object" && data !== null) {
      this.#standIn.push(data);
      this.sent++;
      if ("event" in data) this.events++;
    }
    this.#timer = setTimeout(() => this.#next(), pauseUntil);
  }
}

function flowOf(standIns: readonly StandIn[]): object[] {
  const count = 'flow.set("count", (flow.get("count") || 0) + 1);';
  const tell = 'msg.payload = String(flow.get("count") || 0); return msg;';
  const listening = standIns.flatMap(({ url }, at) => [
    { id: `s${at}`, type: "octoprint-server", url, throttle: "1" },
    { id: `p${at}`, type: "octoprint-printer", name: `printer ${at}`, source: "server", server: `s${at}` },
    { id: `i${at}`, z: "tab", type: "octoprint-in", printer: `p${at}`, kind: "all", wires: [["count"]] },
  ]);
  return [
    { id: "tab", type: "tab", label: "bench" },
    ...listening,
    { id: "count", z: "tab", type: "function", func: count, outputs: 0, wires: [] },
    { id: "asked", z: "tab", type: "http in", url: "/bench", method: "get", wires: [["tell"]] },
    { id: "tell", z: "tab", type: "function", func: tell, outputs: 1, wires: [["answer"]] },
    { id: "answer", z: "tab", type: "http response", wires: [] },
  ];
}

/** What a process takes of a core meanwhile, percent. */
async function loadOf(pid: number, meanwhile: () => Promise<void>): Promise<number> {
  const [ticks, start] = [ticksOf(pid), performance.now()];
  await meanwhile();
  // A tick is 10 ms.
  return (1000 * (ticksOf(pid) - ticks)) / (performance.now() - start);
}

/** CPU time in ticks: fields 14 and 15 of proc(5), after a name that may hold spaces. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a Node-RED may spend on OctoPrints, percent of a core. */
const targets: Readonly<Record<number, number>> = { 1: 3, 50: 40 };

/** As Markdown. */
export function serversReport(result: Servers): string {
  const heading = "### OctoPrints themselves";
  if (!result.measured) return `${heading}\n\nNot measured: ${result.reason}.`;
  const { costs, storm } = result;
  const rows = costs.map(({ servers, cpu, messages, frames: count }) => {
    const target = targets[servers];
    const met = target === undefined ? "" : `at most ${target} %${cpu <= target ? "" : ", not met"}`;
    return `| ${servers} | ${count} | ${messages} | ${cpu.toFixed(1)} % | ${met} |`;
  });
  return [
    heading,
    "",
    "| octoprint-server nodes, a print on each | frames pushed | msgs sent | CPU of Node-RED | target |",
    "| ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
    `${storm.servers} servers that lost their OctoPrints at once came back within ${(storm.spread / 1000).toFixed(1)} s, at most ${storm.most} of them in a tenth of a second.`,
  ].join("\n");
}
