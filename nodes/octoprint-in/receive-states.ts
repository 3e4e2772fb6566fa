import type { NodeMessage } from "node-red";
import { printerSentence, statusText, timeLeftText, withTexts } from "../node-red/job-and-state-text.ts";
import { guarded } from "../node-red/report.ts";
import { type Translate, translator } from "../node-red/translate.ts";
import type { TableRow } from "../octoprint/tracking/derived-messages.ts";
import { type FarmRow, farmSnapshot } from "../octoprint/tracking/farm.ts";
import { type PrinterSnapshot, snapshotOf } from "../octoprint/tracking/printer-state.ts";
import type { StateTracker } from "../octoprint-printer/tracking.ts";
import type { ReceiveContext } from "./receive-context.ts";
import { Throttle } from "./throttle.ts";

/** What a msg names as changed when the node is new and the printer is not. */
const wholly = ["availability", "state", "job", "temperatures", "z", "lastEvent"];

/** Sends how the printer is, at each change, as often as the node's settings allow. Returns a function that stops this. */
export function receiveStates(context: ReceiveContext): () => void {
  const { node, refused, showHint } = context;
  const { states, messages } = context.printer;
  if (states === undefined) return () => undefined;
  const sender = new StateSender(context, states);
  const stop = states.follow({
    follow: (name, { changed }) => sender.tell(name, changed),
    refused,
    showHint,
  });
  const cancel = messages.onceFlowing(() => guarded(node, () => sender.tellAll()));
  return () => {
    cancel();
    stop();
    sender.close();
  };
}

/** Collects what has changed until the next msg may be sent. */
class StateSender {
  readonly #context: ReceiveContext;
  readonly #states: StateTracker;
  readonly #translate: Translate;
  readonly #throttle: Throttle;
  readonly #printers: ReadonlySet<string>;
  readonly #changed = new Map<string, Set<string>>();

  constructor(context: ReceiveContext, states: StateTracker) {
    this.#context = context;
    this.#states = states;
    this.#translate = translator(context.RED);
    this.#throttle = new Throttle(Number(context.settings.rate) || 0);
    this.#printers = new Set(context.settings.printers);
  }

  tell(name: string, changes: readonly string[]): void {
    if (changes.length === 0 || !this.#isWanted(name)) return;
    const known = this.#changed.get(name) ?? new Set();
    this.#changed.set(name, known);
    for (const change of changes) known.add(change);
    const { node, settings } = this.#context;
    if (settings.table) this.#throttle.run("", () => guarded(node, () => this.#sendTable()));
    else this.#throttle.run(name, () => guarded(node, () => this.#sendPrinter(name)));
  }

  /** Tells a new node how the printers are, as far as something is known of them. */
  tellAll(): void {
    const now = Date.now();
    for (const [name, state] of this.#states.known()) {
      if (snapshotOf(state, name, now).availability !== "unknown") this.tell(name, wholly);
    }
  }

  close(): void {
    this.#throttle.close();
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
    this.#context.status.last(() => summaryOf(this.#translate, snapshot));
  }

  #payload(snapshot: PrinterSnapshot): NodeMessage {
    const message = withTexts(this.#translate, snapshot);
    const { output } = this.#context.settings;
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
    this.#context.status.last(() => this.#translate("status.printers", { count: rows.length }));
  }

  #send(msg: NodeMessage): void {
    this.#context.node.send(msg);
  }
}

/** The state's text while we know of it; where we do not, why. */
function valueAlone({ availability, state }: PrinterSnapshot): string {
  const known = availability === "online" || availability === "printer-offline";
  return known ? (state.text ?? availability) : availability;
}

function rowWithTexts(translate: Translate, row: FarmRow): TableRow {
  const { availability, state, timeLeft } = row;
  return {
    ...row,
    statusText: statusText(translate, availability, state),
    timeLeftText: timeLeftText(translate, timeLeft),
  };
}

function summaryOf(translate: Translate, { availability, state, job }: PrinterSnapshot): string {
  const text = statusText(translate, availability, state.text);
  return job?.progress == null ? text : `${text} ${job.progress} %`;
}
