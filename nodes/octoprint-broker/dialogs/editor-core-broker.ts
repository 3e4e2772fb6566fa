import { parseServer } from "../../mqtt/server.ts";
import type { AnyProblem } from "../../node-red/any-problem.ts";
import {
  catalogOf,
  entryOf,
  isEnvironment,
  type Note,
  problemNote,
  showNotes,
  storedFields,
} from "../../node-red/editor-dialog.ts";
import { coreBrokerSettings } from "../core-broker.ts";

const text = catalogOf("octoprint-broker");

/** Core's `mqtt-broker` nodes that a configuration node for all flows can use. */
function usableCoreBrokers(): EditorNode[] {
  const found: EditorNode[] = [];
  RED.nodes.eachConfig((node) => {
    if (node.type === "mqtt-broker" && coreBrokerProblem(node.id) === undefined) found.push(node);
  });
  return found;
}

/** Why the runtime would not find this node, or could not connect as it says. */
export function coreBrokerProblem(id: string): AnyProblem | undefined {
  const node = RED.nodes.node(id);
  if (node?.type !== "mqtt-broker") return { code: "core-broker-missing" };
  const name = RED.utils.getNodeLabel(node);
  if (node.d === true) return { code: "core-broker-disabled", name };
  if (typeof node.z === "string" && node.z !== "") return { code: "core-broker-in-flow", name };
  const settings = coreBrokerSettings(node);
  if (isEnvironment(settings.url)) return undefined;
  const parsed = parseServer({ ...settings, port: undefined });
  return parsed.ok ? undefined : parsed.problem;
}

/**
 * The row in which a core `mqtt-broker` node is chosen. A new node takes the only one there is; where there is none,
 * the row is not shown.
 */
export function prepareCoreBroker(select: JQuery, isNew: boolean): void {
  const [only, ...others] = usableCoreBrokers();
  if (isNew && only !== undefined && others.length === 0) select.val(only.id);
  const row = select.closest(".form-row");
  const follow = (): void => {
    const options = select.children("option");
    // Node-RED makes the options anew when a node is added.
    options.each((_, option) => {
      const chosen = RED.nodes.node($(option).val()?.toString() ?? "");
      const words = chosen
        ? text("option.asCore", { name: RED.utils.getNodeLabel(chosen) })
        : text("option.ownSettings");
      $(option).text(words);
    });
    row.toggle(options.length > 1 || entryOf(select) !== "");
  };
  select.on("change", follow);
  follow();
}

/** Shows what comes from the core node, to be read only. */
export function showCoreBroker(container: JQuery, id: string): void {
  container.toggle(id !== "");
  const node = RED.nodes.node(id);
  const [table, notes] = [container.find("table").empty(), container.find(".octoprint-notes")];
  if (id === "") return;
  const problem = coreBrokerProblem(id);
  if (!node || problem !== undefined) {
    return showNotes(notes, [problemNote("error", problem ?? { code: "core-broker-missing" })]);
  }
  for (const [label, value] of rowsOf(node)) {
    $("<tr>")
      .append($("<th>").text(text(`label.${label}`)), $("<td>").append($("<code>").text(value)))
      .appendTo(table);
  }
  showNotes(notes, notesOn(node));
}

/** What is to be said about the chosen core node; nothing where it cannot be used. */
export function coreBrokerNotes(id: string): Note[] {
  const node = RED.nodes.node(id);
  return node && coreBrokerProblem(id) === undefined ? notesOn(node) : [];
}

function rowsOf(node: EditorNode): [label: string, value: string][] {
  const { url, port, protocol, keepalive, tls } = coreBrokerSettings(node);
  const rows: [string, string][] = [["url", port === "" ? url : `${url}:${port}`]];
  const config = RED.nodes.node(tls);
  if (isTls(node)) rows.push(["tls", config ? RED.utils.getNodeLabel(config) : "–"]);
  rows.push(["protocol", text(`option.${protocol}`)], ["keepalive", `${keepalive} s`]);
  return rows;
}

function isTls(node: EditorNode): boolean {
  const parsed = parseServer({ ...coreBrokerSettings(node), port: undefined });
  return parsed.ok && parsed.server.tls;
}

function notesOn(node: EditorNode): Note[] {
  const name = RED.utils.getNodeLabel(node);
  const notes: Note[] = [{ level: "info", text: text("note.core", { name }) }];
  if (isTls(node) && coreBrokerSettings(node).tls === "") {
    notes.push({ level: "warning", text: text("note.coreCertificate", { name }) });
  }
  if (node.changed === true) notes.push({ level: "warning", text: text("note.coreChanged", { name }) });
  return notes;
}

/** What the broker node is called where it has no name. */
export function coreBrokerLabel(node: EditorNode): string | undefined {
  const core = RED.nodes.node(storedFields(node).text("coreBroker"));
  return core?.type === "mqtt-broker" ? RED.utils.getNodeLabel(core) : undefined;
}
