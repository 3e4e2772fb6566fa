import { catalogOf, entryOf, type Fields, storedFields } from "../node-red/editor-dialog.ts";

const text = catalogOf("octoprint-printer");
const input = (field: string): JQuery => $(`#node-config-input-${field}`);

/** True where messages come from OctoPrint itself; flows from before there was a choice say nothing. */
export function isFromServer(fields: Fields): boolean {
  return fields.text("source") === "server";
}

/** What the printer's OctoPrint is called in the editor. */
export function serverLabel(fields: Fields): string {
  const node = RED.nodes.node(fields.text("server"));
  if (node?.type !== "octoprint-server") return "";
  const server = storedFields(node);
  return server.text("name") || server.text("url").replace(/^https?:\/\//i, "");
}

/** Only the rows that mean something for where the messages come from. */
export function prepareSource(changed: () => void): void {
  const commands = $("#octoprint-printer-commands");
  const commandsNote = $("#octoprint-printer-note-commands");
  const follow = (): void => {
    const fromServer = entryOf(input("source")) === "server";
    const hasServer = entryOf(input("server")) !== "";
    $("#octoprint-printer-row-broker, #octoprint-printer-row-find, #octoprint-printer-config").toggle(!fromServer);
    $("#octoprint-printer-note-server").toggle(fromServer);
    $("#octoprint-printer-row-commands").toggle(!fromServer && !hasServer);
    commandsNote.toggle(!fromServer && hasServer);
    if (!fromServer && hasServer) commands.prop("open", true);
    changed();
  };
  /** Where the messages come over a broker, OctoPrint itself stands with the commands. */
  const placeServer = (): void => {
    const row = $("#octoprint-printer-row-server");
    if (entryOf(input("source")) === "server") row.insertBefore("#octoprint-printer-note-server");
    else row.insertBefore(commandsNote);
  };
  input("source").on("change", () => {
    placeServer();
    follow();
  });
  input("server").on("change", follow);
  placeServer();
  follow();
}

/** A broker is needed where messages come over one, a server where they come from OctoPrint itself. */
export function validateSource(fields: Fields, field: "broker" | "server", value: unknown): boolean | string {
  const needed = isFromServer(fields) ? "server" : "broker";
  const id = value === "_ADD_" ? "" : String(value ?? "");
  if (id === "") return field !== needed || text(`note.${needed}Missing`);
  // What is chosen, but does not count, may be wrong.
  const node = RED.nodes.node(id);
  return field === needed || field === "server" ? node?.valid !== false && Boolean(node) : true;
}
