import { catalogOf, entryOf, type Note, showNotes, storedFields } from "../node-red/editor-dialog.ts";
import { ask } from "../node-red/editor-requests.ts";
import type { Candidate } from "../octoprint/setup/candidate.ts";
import type { Discovered } from "../octoprint-broker/dialogs/admin-responses.ts";
import { brokerForm, knownCredentials } from "../octoprint-broker/dialogs/editor-broker-form.ts";

const text = catalogOf("octoprint-printer");

/** "Find printers": listens on the broker that is chosen in the dialog, and lists what it hears. */
export function prepareFind(choose: (baseTopic: string, name: string | undefined) => void): void {
  const [button, list, notes] = [
    $("#octoprint-printer-find"),
    $("#octoprint-printer-found"),
    $("#octoprint-printer-find-notes"),
  ];
  const show = (candidates: readonly Candidate[]): void => {
    list.empty().toggle(candidates.length > 0);
    for (const candidate of candidates) {
      const { baseTopic, name } = candidate;
      // As text: what is on a broker may come from anybody.
      $("<button>")
        .attr("type", "button")
        .append(
          $("<code>").text(baseTopic === "" ? text("found.empty") : baseTopic),
          $("<span>").text(words(candidate)),
        )
        .on("click", () => choose(baseTopic, name))
        .appendTo($("<li>").appendTo(list));
    }
  };
  const find = async (): Promise<void> => {
    const broker = RED.nodes.node(entryOf($("#node-config-input-broker")));
    show([]);
    if (broker?.type !== "octoprint-broker")
      return showNotes(notes, [{ level: "warning", text: text("found.noBroker") }]);
    button.prop("disabled", true);
    showNotes(notes, [{ level: "info", text: text("found.listening") }]);
    const answer = await ask<Discovered>(
      "octoprint-broker/find",
      brokerForm(broker, storedFields(broker), knownCredentials(broker)),
    );
    if (answer === undefined) return;
    button.prop("disabled", false);
    if (answer.ok) show(answer.candidates);
    showNotes(notes, answer.ok ? notesOn(answer) : [answer.note]);
  };
  show([]);
  showNotes(notes, []);
  button.on("click", () => void find());
}

/** Why there are none, or not all. */
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
