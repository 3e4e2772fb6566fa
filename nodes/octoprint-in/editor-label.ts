import { catalogOf, type Fields, storedFields } from "../node-red/editor-dialog.ts";
import { classPrefix } from "../octoprint/events/events.ts";
import { chosenPrinter } from "../octoprint-printer/editor.ts";
import { hasNames, receivableOf } from "./settings.ts";

const text = catalogOf("octoprint-in");

/**
 * The label of a node in the flow: its name, otherwise what it receives and from which printer.
 *
 * @example label(node) // "PrintDone, PrintFailed · mk3"
 */
export function label(node: EditorNode): string {
  const fields = storedFields(node);
  if (fields.text("name") !== "") return fields.text("name");
  const chosen = chosenPrinter(fields.text("printer"));
  if (chosen === undefined) return text("label.unnamed");
  const printers = chosen.scheme?.farm === true ? fields.list("printers") : [];
  return `${whatOf(fields)} · ${shortList(printers) || chosen.label}`;
}

function whatOf(fields: Fields): string {
  const kind = receivableOf(fields.text("kind"));
  if (kind === "printer" && fields.ticked("table")) return text("what.table");
  const names = hasNames(kind) ? fields.list("select") : [];
  if (names.length === 0) return text(`what.${kind}`);
  if (kind === "job") return `${text("what.job")} ${shortList(names.map((outcome) => text(`outcome.${outcome}`)))}`;
  if (kind === "event") return shortList(names.map(eventOrClass));
  return kind === "other" ? shortList(names) : `${text(`what.${kind}`)} ${shortList(names)}`;
}

function eventOrClass(entry: string): string {
  return entry.startsWith(classPrefix) ? text(`class.${entry.slice(classPrefix.length)}`) : entry;
}

/**
 * @example shortList(["PrintDone", "PrintFailed", "Error"]) // "PrintDone, PrintFailed +1", with room for 25 characters
 */
function shortList(names: readonly string[], room = 40): string {
  const fitting = names.filter((_, at) => at === 0 || names.slice(0, at + 1).join(", ").length <= room);
  const left = names.length - fitting.length;
  return left > 0 ? `${fitting.join(", ")} +${left}` : fitting.join(", ");
}
