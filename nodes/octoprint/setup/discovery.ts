import type { Buffer } from "node:buffer";
import { connectionStatus, decode } from "../messages/decode.ts";
import { isRecord, parseJson } from "../messages/json.ts";
import type { ConnectionStatus } from "../messages/schemas.ts";
import { type Channel, schemeDefaults, schemeProblems } from "../topics/scheme.ts";
import { type Candidate, type SignKind, signs } from "./candidate.ts";

/** A message from anywhere on a broker. */
export interface Overheard {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker had it stored. */
  readonly retain: boolean;
  /** When it arrived, ms since the epoch. */
  readonly at: number;
}

/** A broker is anybody's: what does not fit is left out, so that memory and the answer stay small. */
const most = { candidates: 100, printers: 50, names: 12, baseTopic: 300, topic: 1_000, text: 200, payload: 262_144 };

/** The plugin's default since 0.8.4; its README still says `octoprint/`. */
const usualBaseTopic = "octoPrint/";

const usual = ["mqtt", "progress/printing"].flatMap((end) => ["", "+/", "+/+/", "+/+/+/"].map((base) => base + end));

/**
 * What to listen to. The wide filter comes last: a busy broker then sends what matters first, and a broker that does
 * not allow reading everything may still allow the others.
 */
export const discoveryFilters = [...usual, "homeassistant/+/+/config", "octoprint/#", "octoPrint/#", "#"] as const;

interface Sign {
  readonly kind: SignKind;
  readonly baseTopic: string;
  readonly timestamp?: number | undefined;
  readonly note?: (found: Found) => void;
}

interface Found {
  readonly heard: Set<SignKind>;
  readonly temperatures: Set<string>;
  name?: string;
  status?: ConnectionStatus;
  job?: { path: string; progress: number | null };
  live: boolean;
  lastHeard?: number;
}

/**
 * Finds printers by what they publish below the plugin's default topics, with any base topic, also ones without a slash
 * (`octoLaserevent/PrintDone`). Takes any message; never throws.
 *
 * @example
 * const discovery = new Discovery();
 * discovery.hear({ topic: "shop/mk4/mqtt", payload: Buffer.from("connected"), retain: true, at: Date.now() });
 * discovery.candidates(); // [{ baseTopic: "shop/mk4/", heard: ["connection"], status: "connected", … }]
 */
export class Discovery {
  readonly #found = new Map<string, Found>();
  #full = false;

  /** There were more base topics than are kept. */
  get full(): boolean {
    return this.#full;
  }

  hear(message: Overheard): void {
    for (const sign of signsIn(message)) this.#take(sign, message);
  }

  #take({ kind, baseTopic, timestamp, note }: Sign, { retain, at }: Overheard): void {
    if (!isBaseTopic(baseTopic)) return;
    let found = this.#found.get(baseTopic);
    if (found === undefined) {
      if (this.#found.size >= most.candidates) {
        this.#full = true;
        return;
      }
      found = { heard: new Set(), temperatures: new Set(), live: false };
      this.#found.set(baseTopic, found);
    }
    found.heard.add(kind);
    note?.(found);
    // The discovery messages are sent for Home Assistant when the plugin starts, and stay.
    if (!retain) found.live = true;
    const when = retain ? timestamp : at;
    if (when !== undefined) found.lastHeard = Math.max(found.lastHeard ?? 0, Math.min(when, at));
  }

  /** First the base topic that today's plugin uses by default; then farms; then those of which most was heard. */
  candidates(): Candidate[] {
    const single = [...this.#found].map(([baseTopic, found]) => candidateOf(baseTopic, found));
    single.sort((a, b) => b.heard.length - a.heard.length || (a.baseTopic < b.baseTopic ? -1 : 1));
    const isUsual = ({ baseTopic }: Candidate): boolean => baseTopic === usualBaseTopic;
    return [...single.filter(isUsual), ...farmsOf(single), ...single.filter((candidate) => !isUsual(candidate))];
  }
}

/** The form must take it: braces, for one, the plugin itself cannot publish. */
function isBaseTopic(text: string): boolean {
  if (text.length > most.baseTopic || /[{}]/.test(text) || !text.isWellFormed()) return false;
  return schemeProblems({ ...schemeDefaults, baseTopic: text }).length === 0;
}

function candidateOf(baseTopic: string, { heard, temperatures, ...rest }: Found): Candidate {
  return {
    baseTopic,
    heard: signs.filter((kind) => heard.has(kind)),
    temperatures: [...temperatures].sort(),
    printers: [],
    ...rest,
  };
}

function* signsIn({ topic, payload }: Overheard): Generator<Sign> {
  // A cleared topic says that something was there once.
  if (topic.length > most.topic || payload.length === 0 || payload.length > most.payload) return;
  yield* connectionIn(topic, payload);
  yield* progressIn(topic, payload);
  yield* eventsIn(topic, payload);
  yield* temperatureIn(topic, payload);
  yield* homeAssistantIn(topic, payload);
}

/** The default template up to its placeholder. */
const before = {
  event: schemeDefaults.eventTopic.replace("{event}", ""),
  temperature: schemeDefaults.temperatureTopic.replace("{temp}", ""),
  progress: schemeDefaults.progressTopic.replace("{progress}", ""),
};

function* connectionIn(topic: string, payload: Buffer): Generator<Sign> {
  const { lwTopic } = schemeDefaults;
  if (!topic.endsWith(lwTopic)) return;
  const status = payload.length > 20 ? undefined : connectionStatus(payload.toString());
  if (status === undefined) return;
  yield {
    kind: "connection",
    baseTopic: topic.slice(0, -lwTopic.length),
    note: (found) => {
      found.status = status;
    },
  };
}

function* progressIn(topic: string, payload: Buffer): Generator<Sign> {
  for (const name of ["printing", "slicing"]) {
    const end = before.progress + name;
    if (!topic.endsWith(end)) continue;
    const read = messageIn({ kind: "progress", name, printer: undefined }, payload);
    if (read === undefined) continue;
    const { path, progress } = read.message;
    yield {
      kind: "progress",
      baseTopic: topic.slice(0, -end.length),
      timestamp: read.timestamp,
      note: (found) => {
        if (name !== "printing" || typeof path !== "string") return;
        found.job = { path: path.slice(0, most.text), progress: typeof progress === "number" ? progress : null };
      },
    };
  }
}

/** An event names itself, which tells where its topic is to be cut: a base topic may hold `event/` too. */
function* eventsIn(topic: string, payload: Buffer): Generator<Sign> {
  if (!topic.includes(before.event)) return;
  const read = messageIn({ kind: "event", name: "", printer: undefined }, payload);
  const name = read?.message._event;
  if (read === undefined || typeof name !== "string" || name === "") return;
  const end = before.event + name;
  if (!topic.endsWith(end)) return;
  yield { kind: "event", baseTopic: topic.slice(0, -end.length), timestamp: read.timestamp };
}

/** Other devices speak of temperatures too, but not of an actual and a target one. */
function* temperatureIn(topic: string, payload: Buffer): Generator<Sign> {
  const at = topic.lastIndexOf(before.temperature);
  const name = topic.slice(at + before.temperature.length);
  if (at < 0 || name === "") return;
  const read = messageIn({ kind: "temperature", name, printer: undefined }, payload);
  if (read === undefined || !("actual" in read.message && "target" in read.message)) return;
  yield {
    kind: "temperature",
    baseTopic: topic.slice(0, at),
    timestamp: read.timestamp,
    note: ({ temperatures }) => {
      if (temperatures.size < most.names) temperatures.add(name.slice(0, most.text));
    },
  };
}

/** The topics in it are short for `"~"` + the rest; what the HomeAssistant plugin adds to them nobody else does. */
function* homeAssistantIn(topic: string, payload: Buffer): Generator<Sign> {
  if (!topic.endsWith("/config")) return;
  const parsed = parseJson(payload.toString());
  if (!parsed.ok || !isRecord(parsed.value)) return;
  const { "~": baseTopic, dev, device } = parsed.value;
  if (typeof baseTopic !== "string") return;
  const topics = Object.values(parsed.value).filter((value) => typeof value === "string");
  if (!topics.some((text) => text === `~${schemeDefaults.lwTopic}` || /^~hass(Control)?\//.test(text))) return;
  const owner = isRecord(dev) ? dev : device;
  const name = isRecord(owner) && typeof owner.name === "string" ? owner.name.slice(0, most.text) : undefined;
  yield {
    kind: "homeassistant",
    baseTopic,
    note: (found) => {
      if (name) found.name = name;
    },
  };
}

interface Read {
  readonly message: Record<string, unknown>;
  readonly timestamp: number | undefined;
}

function messageIn(channel: Channel, payload: Buffer): Read | undefined {
  const decoded = decode(channel, payload, schemeDefaults.timestampField);
  if (!decoded.ok || "ignored" in decoded || !isRecord(decoded.message)) return undefined;
  return { message: decoded.message, timestamp: decoded.timestamp };
}

const mark = "{printer}";

/** Base topics that differ in one level, and not only as `octoprint/` and `octoPrint/` do, are a farm. */
function farmsOf(single: readonly Candidate[]): Candidate[] {
  const groups = new Map<string, Map<string, Candidate>>();
  for (const candidate of single) {
    for (const [pattern, printer] of patternsOf(candidate.baseTopic)) {
      const group = groups.get(pattern) ?? new Map<string, Candidate>();
      groups.set(pattern, group.set(printer, candidate));
    }
  }
  const farms = [...groups].filter(
    ([, group]) => new Set([...group.keys()].map((name) => name.toLowerCase())).size > 1,
  );
  return farms.map(([pattern, group]) => farmOf(pattern, group)).sort((a, b) => b.printers.length - a.printers.length);
}

/** @example patternsOf("shop/mk4/") // [["{printer}/mk4/", "shop"], ["shop/{printer}/", "mk4"]] */
function patternsOf(baseTopic: string): [string, string][] {
  if (!baseTopic.endsWith("/")) return [];
  const levels = baseTopic.slice(0, -1).split("/");
  if (levels.length > 10 || levels.filter((level) => level !== "").length < 2) return [];
  return levels.flatMap((level, at): [string, string][] =>
    level === "" ? [] : [[`${levels.with(at, mark).join("/")}/`, level]],
  );
}

function farmOf(pattern: string, group: ReadonlyMap<string, Candidate>): Candidate {
  const members = [...group.values()];
  const times = members.flatMap(({ lastHeard }) => (lastHeard === undefined ? [] : [lastHeard]));
  return {
    baseTopic: pattern,
    heard: signs.filter((kind) => members.some(({ heard }) => heard.includes(kind))),
    temperatures: [],
    printers: [...group.keys()].sort().slice(0, most.printers),
    live: members.some(({ live }) => live),
    ...(times.length > 0 ? { lastHeard: Math.max(...times) } : {}),
  };
}
