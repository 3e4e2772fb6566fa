import type { NodeMessage } from "node-red";
import type { AnyProblem } from "../node-red/any-problem.ts";
import { printerSentence, statusText, timeLeftText, withTexts } from "../node-red/job-and-state-text.ts";
import { guarded, problemStatus } from "../node-red/report.ts";
import { type Translate, translator } from "../node-red/translate.ts";
import type { TableRow } from "../octoprint/tracking/derived-messages.ts";
import { compareRows, type FarmRow, farmSnapshot } from "../octoprint/tracking/farm.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { Hint } from "../octoprint-printer/hints.ts";
import type { PrinterNode } from "../octoprint-printer/printer-node.ts";
import type { PrinterTracking } from "../octoprint-printer/tracking.ts";
import { followNode } from "./follow-node.ts";
import type { ReceiveContext } from "./receive-context.ts";
import { Throttle } from "./throttle.ts";

/** What `msg.changed` holds when the node is new and the printer is not. */
const wholly = ["availability", "state", "job", "temperatures", "z", "lastEvent"];

/** Sends the printer's state at each change, limited by the node's rate. Returns a function that stops this. */
export function receiveStates(context: ReceiveContext): () => void {
  const { node, printer, settings } = context;
  const sender = new StateSender(context);
  const stops = [sender.follow(printer)];
  // Each is a node of its own, which a deploy may make anew without this one.
  if (settings.table) {
    for (const id of settings.printerNodes) stops.push(followNode(context, id, (found) => sender.follow(found)));
  }
  const cancel = printer.messages.onceFlowing(() => guarded(node, () => sender.tellAll()));
  return () => {
    cancel();
    for (const stop of stops) stop();
    sender.close();
  };
}

/** How the printers of one printer node are. */
interface Followed {
  readonly tracking: PrinterTracking;
  /** Why an OctoPrint that is asked itself does not let us know. */
  problem: AnyProblem | undefined;
  /** The reason that was sent last. */
  told: string | undefined;
}

/** Collects what has changed until the next msg may be sent. */
class StateSender {
  readonly #context: ReceiveContext;
  readonly #followed = new Set<Followed>();
  readonly #translate: Translate;
  readonly #throttle: Throttle;
  readonly #printers: ReadonlySet<string>;
  readonly #changed = new Map<string, Set<string>>();
  #flowing = false;

  constructor(context: ReceiveContext) {
    this.#context = context;
    this.#translate = translator(context.RED);
    this.#throttle = new Throttle(Number(context.settings.rate) || 0);
    this.#printers = new Set(context.settings.printers);
  }

  /** Returns a function that stops following this printer node. */
  follow({ tracking, messages }: PrinterNode): () => void {
    if (tracking === undefined) return () => undefined;
    const followed: Followed = { tracking, problem: undefined, told: undefined };
    this.#followed.add(followed);
    const { node, refused } = this.#context;
    // Why nothing is known comes by another way, in the same turn.
    const soon = (action: () => void): void =>
      messages.hasBroker ? action() : queueMicrotask(() => guarded(node, action));
    const stop = tracking.follow({
      follow: (name, { changed }) => soon(() => this.tell(name, changed)),
      refused,
      showHint: (hint) => this.#hint(hint, tracking),
    });
    const unwatch = messages.watch(({ problem }) => {
      if (messages.hasBroker || problem?.code === followed.problem?.code) return;
      followed.problem = problem;
      soon(() => this.#tellUnknown(followed));
    });
    return () => {
      unwatch();
      stop();
      this.#followed.delete(followed);
    };
  }

  /** Nothing is known of a printer, and the reason is news. */
  #tellUnknown({ tracking, problem, told }: Followed): void {
    // Before the flows have started a msg would be lost.
    if (!this.#flowing || problem === undefined || problem.code === told) return;
    for (const name of tracking.known()) {
      if (tracking.snapshot(name)?.availability === "unknown") this.tell(name, ["availability"]);
    }
  }

  /** Tells that nothing is heard, too: a dashboard would show yesterday's state. */
  #hint(hint: Hint | undefined, tracking: PrinterTracking): void {
    const { node, settings, showHint } = this.#context;
    showHint(hint);
    if (hint === undefined || hint.code === "twoOctoPrints") return;
    const known = [...tracking.known()].filter((name) => this.#isWanted(name));
    for (const name of known) this.tell(name, wholly);
    // A farm has no names before it is heard: its table is empty.
    if (settings.table && known.length === 0) this.#throttle.run("", () => guarded(node, () => this.#sendTable()));
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

  /** Sends a new node the state of each printer that is known, and why nothing is known of the others. */
  tellAll(): void {
    this.#flowing = true;
    for (const followed of this.#followed) {
      for (const name of followed.tracking.known()) {
        if (followed.tracking.snapshot(name)?.availability !== "unknown") this.tell(name, wholly);
      }
      this.#tellUnknown(followed);
    }
  }

  close(): void {
    this.#throttle.close();
  }

  *#wantedOf(tracking: PrinterTracking): Iterable<PrinterSnapshot> {
    for (const name of tracking.known()) {
      const snapshot = this.#isWanted(name) ? tracking.snapshot(name) : undefined;
      if (snapshot !== undefined) yield snapshot;
    }
  }

  #isWanted(name: string): boolean {
    return this.#printers.size === 0 || this.#printers.has(name);
  }

  #sendPrinter(name: string): void {
    const changed = [...(this.#changed.get(name) ?? [])];
    this.#changed.delete(name);
    const [followed] = this.#followed;
    const snapshot = followed?.tracking.snapshot(name);
    if (followed === undefined || snapshot === undefined) return;
    this.#send({
      ...this.#payload(followed, snapshot),
      kind: "printer",
      printer: name,
      topic: name,
      changed,
      timestamp: Date.now(),
    });
    this.#context.status.last(() => summaryOf(this.#translate, snapshot));
  }

  #payload(followed: Followed, snapshot: PrinterSnapshot): NodeMessage {
    const known = withTexts(this.#translate, snapshot);
    const message = { ...known, statusText: this.#reasonFor(followed, snapshot) ?? known.statusText };
    const { output } = this.#context.settings;
    if (output === "message") return { payload: message };
    const payload = output === "value" ? valueAlone(snapshot) : printerSentence(this.#translate, snapshot);
    return { payload, message };
  }

  #sendTable(): void {
    const rows = [...this.#followed].flatMap((followed) => {
      const found = farmSnapshot(this.#wantedOf(followed.tracking));
      return found.map((row) => [row, this.#reasonFor(followed, row)] as const);
    });
    rows.sort(([a], [b]) => compareRows(a, b));
    const payload = rows.map(([row, reason]) => {
      const texts = rowWithTexts(this.#translate, row);
      return reason === undefined ? texts : { ...texts, statusText: reason };
    });
    const changed = [...this.#changed.keys()];
    this.#changed.clear();
    this.#send({ payload, kind: "printer", changed, timestamp: Date.now() });
    this.#context.status.last(() => this.#translate("status.printers", { count: rows.length }));
  }

  /** Why nothing is known; `undefined`: something is, or nobody says why. */
  #reasonFor(followed: Followed, { availability }: Pick<PrinterSnapshot, "availability">): string | undefined {
    const problem = availability === "unknown" ? followed.problem : undefined;
    followed.told = problem?.code;
    return problem && problemStatus(this.#context.RED, problem);
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
