import { sharedFilter } from "../mqtt/filter.ts";
import { catalogOf, type Note, problemNote, storedFields } from "../node-red/editor-dialog.ts";

const text = catalogOf("octoprint-in");

/** What goes over the wire for these filters. */
export function filtersOfGroup(group: string, filters: readonly string[]): readonly string[] {
  return group === "" ? filters : filters.map((filter) => sharedFilter(group, filter));
}

/** Notes about what a group costs, and whether the broker's settings allow it. */
export function groupNotes(group: string, printer: string): Note[] {
  if (group === "") return [];
  const notes: Note[] = [{ level: "info", text: text("note.group") }];
  const protocol = protocolOf(printer);
  // If it comes from the environment, only the runtime knows it.
  if (protocol.startsWith("MQTTv3")) notes.push(problemNote("warning", { code: "shared-needs-mqtt5" }));
  return notes;
}

function protocolOf(printer: string): string {
  const broker = settingOf(printer, "broker");
  return settingOf(broker, "protocol");
}

function settingOf(id: string, field: string): string {
  const node = RED.nodes.node(id);
  return node ? storedFields(node).text(field) : "";
}
