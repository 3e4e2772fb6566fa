import { catalogOf, entryOf, type Note, showNotes, storedFields } from "../node-red/editor-dialog.ts";
import { ask } from "../node-red/editor-requests.ts";
import type { Candidate } from "../octoprint/setup/candidate.ts";
import type { Discovered } from "../octoprint-broker/dialogs/admin-responses.ts";
import { brokerForm, knownCredentials } from "../octoprint-broker/dialogs/editor-broker-form.ts";

const text = catalogOf("octoprint-printer");

interface FindOptions {
  /** Listens without being asked, once for each broker that is chosen: in the dialog of a new printer. */
  readonly byItself: boolean;
  /** True while nothing was typed that a printer that is found would replace. */
  readonly untouched: () => boolean;
  readonly choose: (candidate: Candidate) => void;
}

/** "Find printers": listens on the broker that is chosen in the dialog, and lists what it hears. */
export function prepareFind(options: FindOptions): void {
  new FindDialog(options);
}

class FindDialog {
  readonly #options: FindOptions;
  readonly #button = $("#octoprint-printer-find");
  readonly #list = $("#octoprint-printer-found");
  readonly #notes = $("#octoprint-printer-find-notes");
  /** The forms of the brokers that were listened to. */
  readonly #heard = new Set<string>();
  #search = 0;

  constructor(options: FindOptions) {
    this.#options = options;
    this.#show([]);
    showNotes(this.#notes, []);
    this.#button.on("click", () => void this.#find(false));
    if (options.byItself) $("#node-config-input-broker, #node-config-input-source").on("change", () => this.#listen());
  }

  #show(candidates: readonly Candidate[]): void {
    this.#list.empty().toggle(candidates.length > 0);
    for (const candidate of candidates) {
      const { baseTopic } = candidate;
      // As text: what is on a broker may come from anybody.
      $("<button>")
        .attr("type", "button")
        .append(
          $("<code>").text(baseTopic === "" ? text("found.empty") : baseTopic),
          $("<span>").text(words(candidate)),
        )
        .on("click", () => this.#options.choose(candidate))
        .appendTo($("<li>").appendTo(this.#list));
    }
  }

  #listen(): void {
    const broker = chosenBroker();
    if (broker === undefined || !RED.user.hasPermission("octoprint-broker.write")) return;
    if (entryOf($("#node-config-input-source")) === "server") return;
    const fields = storedFields(broker);
    const hasServer = fields.text("url").trim() !== "" || fields.text("coreBroker") !== "";
    if (hasServer && !this.#heard.has(formOf(broker))) void this.#find(true);
  }

  async #find(byItself: boolean): Promise<void> {
    const search = ++this.#search;
    const broker = chosenBroker();
    this.#show([]);
    if (broker === undefined) {
      return showNotes(this.#notes, [{ level: "warning", text: text("found.noBroker") }]);
    }
    const form = brokerForm(broker, storedFields(broker), knownCredentials(broker));
    this.#heard.add(formOf(broker));
    this.#button.prop("disabled", true);
    showNotes(this.#notes, [{ level: "info", text: text("found.listening") }]);
    const answer = await ask<Discovered>("octoprint-broker/find", form);
    // Another broker was chosen meanwhile.
    if (answer === undefined || search !== this.#search) return;
    this.#button.prop("disabled", false);
    if (!answer.ok) return showNotes(this.#notes, [answer.note]);
    this.#show(answer.candidates);
    showNotes(this.#notes, byItself && this.#takeOnly(answer) ? [filledIn(answer)] : notesOn(answer));
  }

  /** Fills in the only printer there is, if nobody has typed anything. */
  #takeOnly({ candidates, incomplete }: Discovered): boolean {
    const [only, ...others] = candidates;
    if (only === undefined || others.length > 0 || incomplete || !this.#options.untouched()) return false;
    this.#options.choose(only);
    return true;
  }
}

function chosenBroker(): EditorNode | undefined {
  const broker = RED.nodes.node(entryOf($("#node-config-input-broker")));
  return broker?.type === "octoprint-broker" ? broker : undefined;
}

function formOf(broker: EditorNode): string {
  return JSON.stringify(brokerForm(broker, storedFields(broker), knownCredentials(broker)));
}

function filledIn({ candidates }: Discovered): Note {
  const baseTopic = candidates[0]?.baseTopic || text("found.empty");
  return { level: "success", text: text("found.filledIn", { baseTopic }) };
}

/** Notes that say why there are none, or not all. */
function notesOn({ candidates, messages, incomplete }: Discovered): Note[] {
  const notes: Note[] = [];
  if (candidates.length > 0) notes.push({ level: "info", text: text("found.choose") });
  else notes.push({ level: "warning", text: text(messages === 0 ? "found.silence" : "found.others", { messages }) });
  if (incomplete) notes.push({ level: "warning", text: text("found.incomplete", { messages }) });
  return notes;
}

function words({ heard, name, status, job, temperatures, printers, live, lastHeard }: Candidate): string {
  const parts = printers.length > 0 ? [text("found.farm", { printers: printers.join(text("found.separator")) })] : [];
  if (name !== undefined) parts.push(name);
  if (status !== undefined) parts.push(text(`found.${status}`));
  if (job !== undefined && job.path !== "") parts.push(`${job.path} ${job.progress ?? "–"} %`);
  if (temperatures.length > 0) parts.push(text("found.sensors", { names: temperatures.join(text("found.separator")) }));
  for (const kind of heard) {
    const said = kind === "connection" ? status : kind === "temperature" ? temperatures[0] : undefined;
    if (said === undefined) parts.push(text(`found.${kind}`));
  }
  return `${parts.join(" · ")} — ${when(live, lastHeard)}`;
}

function when(live: boolean, lastHeard: number | undefined): string {
  if (live) return text("found.live");
  return lastHeard === undefined
    ? text("found.stored")
    : text("found.storedAt", { time: new Date(lastHeard).toLocaleString() });
}
