import { catalogOf, type Note, showNotes } from "../../node-red/editor-dialog.ts";
import { ask } from "../../node-red/editor-requests.ts";
import type { PluginConfig } from "../../octoprint/setup/plugin-config.ts";
import type { Converted } from "./admin-responses.ts";

const text = catalogOf("octoprint-broker");

/** What was pasted last, in any dialog. It is lost when the page is closed. */
let pasted: PluginConfig | undefined;

/**
 * The part of a dialog where OctoPrint's `config.yaml` is pasted. What was pasted for a printer can then be filled in
 * for its broker too, and the other way round.
 *
 * @param fill fills in the form's fields, and returns the notes about it
 */
export function preparePaste(panel: JQuery, fill: (config: PluginConfig) => Note[]): void {
  const [area, button, notes] = [panel.find("textarea"), panel.find("button"), panel.find(".octoprint-notes")];
  const given = (): string => String(area.val() ?? "").trim();
  const follow = (): void => {
    button.prop("disabled", given() === "" && pasted === undefined);
    area.attr("placeholder", text(pasted === undefined ? "placeholder.config" : "placeholder.configAgain"));
  };
  const read = async (): Promise<void> => {
    button.prop("disabled", true);
    const again = given() === "" ? pasted : undefined;
    const answer = again
      ? ({ ok: true, config: again } as const)
      : await ask<Converted>("octoprint-broker/config-yaml", { text: area.val() });
    if (answer === undefined) return;
    if (answer.ok) {
      pasted = answer.config;
      // There is a password in it.
      area.val("");
    }
    showNotes(notes, answer.ok ? [...fill(answer.config), ...remarksOn(answer.config)] : [answer.note]);
    notes.get(0)?.scrollIntoView({ block: "nearest" });
    follow();
  };
  showNotes(notes, []);
  follow();
  area.on("input", follow);
  button.on("click", () => void read());
}

function remarksOn({ check, notCarried }: PluginConfig): Note[] {
  const toCheck = check.map(({ key, code }): Note => ({ level: "warning", text: text(`config.${code}`, { key }) }));
  if (notCarried.length === 0) return toCheck;
  const lines = notCarried.map(({ key, code }) => `${key}: ${text(`config.${code}`)}`);
  return [...toCheck, { level: "info", text: [text("note.notCarried"), ...lines].join("\n") }];
}
