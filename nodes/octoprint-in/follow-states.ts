import type { NodeMessage } from "node-red";
import { type FarmRow, farmSnapshot } from "../octoprint/farm.ts";
import type { PrinterPayload, TableRow } from "../octoprint/followed-messages.ts";
import { type PrinterSnapshot, snapshotOf } from "../octoprint/printer-state.ts";
import type { StateTracker } from "../octoprint-printer/octoprint-printer.ts";
import type { Parts } from "./octoprint-in.ts";
import { Rate } from "./rate.ts";
import { durationText, printerSentence, statusText, type Translate } from "./sentence-of-state.ts";

/** What a msg names as changed when the node is new and the printer is not. */
const wholly = ["availability", "state", "job", "temperatures", "z", "lastEvent"];

/** Sends how the printer is, at each change, as often as the node's settings allow. The result stops that. */
export function followStates(parts: Parts): () => void {
  const { refused, hint, guard } = parts;
  const { states, link } = parts.printer;
  if (states === undefined) return () => undefined;
  const sender = new StateSender(parts, states);
  const stop = states.follow({
    follow: (name, { changed }) => sender.tell(name, changed),
    refused,
    hint,
  });
  const cancel = link.onceFlowing(() => guard(() => sender.tellAll()));
  return () => {
    cancel();
    stop();
    sender.close();
  };
}

/** Collects what has changed until the next msg may be sent. */
class StateSender {
  readonly #parts: Parts;
  readonly #states: StateTracker;
  readonly #translate: Translate;
  readonly #rate: Rate;
  readonly #printers: ReadonlySet<string>;
  readonly #changed = new Map<string, Set<string>>();

  constructor(parts: Parts, states: StateTracker) {
    this.#parts = parts;
    this.#states = states;
    this.#translate = (key, parameters) => parts.RED._(key, parameters);
    this.#rate = new Rate(Number(parts.settings.rate) || 0);
    this.#printers = new Set(parts.settings.printers);
  }

  tell(name: string, changes: readonly string[]): void {
    if (changes.length === 0 || !this.#isWanted(name)) return;
    const known = this.#changed.get(name) ?? new Set();
    this.#changed.set(name, known);
    for (const change of changes) known.add(change);
    const { guard, settings } = this.#parts;
    if (settings.table) this.#rate.run("", () => guard(() => this.#sendTable()));
    else this.#rate.run(name, () => guard(() => this.#sendPrinter(name)));
  }

  /** Tells a new node how the printers are, as far as something is known of them. */
  tellAll(): void {
    const now = Date.now();
    for (const [name, state] of this.#states.known()) {
      if (snapshotOf(state, name, now).availability !== "unknown") this.tell(name, wholly);
    }
  }

  close(): void {
    this.#rate.close();
  }

  #isWanted(name: string): boolean {
    return this.#printers.size === 0 || this.#printers.has(name);
  }

  #sendPrinter(name: string): void {
    const changed = [...(this.#changed.get(name) ?? [])];
    this.#changed.delete(name);
    const state = this.#states.stateOf(name);
    if (state === undefined) return;
    const now = Date.now();
    const snapshot = snapshotOf(state, name, now);
    this.#send({ ...this.#payload(snapshot), kind: "printer", printer: name, topic: name, changed, timestamp: now });
    this.#parts.status.last(() => shortOf(this.#translate, snapshot));
  }

  #payload(snapshot: PrinterSnapshot): NodeMessage {
    const message = withTexts(this.#translate, snapshot);
    const { output } = this.#parts.settings;
    if (output === "message") return { payload: message };
    const payload = output === "value" ? valueAlone(snapshot) : printerSentence(this.#translate, snapshot);
    return { payload, message };
  }

  #sendTable(): void {
    const now = Date.now();
    const wanted = [...this.#states.known()].filter(([name]) => this.#isWanted(name));
    const rows = farmSnapshot(wanted.map(([name, state]) => snapshotOf(state, name, now)));
    const payload = rows.map((row) => rowWithTexts(this.#translate, row));
    const changed = [...this.#changed.keys()];
    this.#changed.clear();
    this.#send({ payload, kind: "printer", changed, timestamp: now });
    this.#parts.status.last(() => this.#translate("status.printers", { count: rows.length }));
  }

  #send(msg: NodeMessage): void {
    this.#parts.node.send(msg);
  }
}

/** The state's text while we know of it; where we do not, why. */
function valueAlone({ availability, state }: PrinterSnapshot): string {
  const known = availability === "online" || availability === "printer-offline";
  return known ? (state.text ?? availability) : availability;
}

/** A copy, for flows change their msg. */
function withTexts(translate: Translate, snapshot: PrinterSnapshot): PrinterPayload {
  const { availability, state, job, ...others } = structuredClone(snapshot);
  return {
    ...others,
    availability,
    statusText: statusText(translate, availability, state.text),
    state,
    job: job && { ...job, timeLeftText: timeLeftText(translate, job.timeLeft) },
  };
}

function rowWithTexts(translate: Translate, row: FarmRow): TableRow {
  const { availability, state, timeLeft } = row;
  return {
    ...row,
    statusText: statusText(translate, availability, state),
    timeLeftText: timeLeftText(translate, timeLeft),
  };
}

function timeLeftText(translate: Translate, timeLeft: number | null): string | null {
  return timeLeft === null ? null : durationText(translate, timeLeft);
}

function shortOf(translate: Translate, { availability, state, job }: PrinterSnapshot): string {
  const text = statusText(translate, availability, state.text);
  return job?.progress == null ? text : `${text} ${job.progress} %`;
}
