import { catalogOf, type Note, showNotes } from "../../node-red/editor-dialog.ts";
import { ask } from "../../node-red/editor-requests.ts";
import { type KeyGranted, type KeyRequested, keyPatience } from "./admin-responses.ts";

const text = catalogOf("octoprint-server");

/** "Ask OctoPrint for a key": users who are logged in there see the question, while a countdown runs here. */
export class KeyRequestDialog {
  readonly #form: () => object;
  readonly #granted: (key: string) => void;
  readonly #button = $("#octoprint-server-ask");
  readonly #panel = $("#octoprint-server-asked");
  readonly #words = $("#octoprint-server-asked-text");
  readonly #notes = $("#octoprint-server-key-notes");
  #countdown: number | undefined;
  /** Of the request that goes on: the runtime must not wait for what nobody wants any more. */
  #asking = new AbortController();

  /** @param form what the dialog holds */
  constructor(form: () => object, granted: (key: string) => void) {
    this.#form = form;
    this.#granted = granted;
    this.#panel.hide();
    showNotes(this.#notes, []);
    this.#button.on("click", () => void this.#ask());
    $("#octoprint-server-cancel").on("click", () => this.#end([]));
  }

  close(): void {
    this.#asking.abort();
    clearInterval(this.#countdown);
  }

  async #ask(): Promise<void> {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#button.prop("disabled", true);
    showNotes(this.#notes, [{ level: "info", text: text("ask.asking") }]);
    const asked = await ask<KeyRequested>("octoprint-server/ask-key", this.#form(), 40_000, signal);
    if (asked === undefined || signal.aborted) return;
    if (!asked.ok) return this.#end([asked.note]);
    showNotes(this.#notes, []);
    this.#show(asked);
    const body = { ...this.#form(), appToken: asked.appToken };
    const answer = await ask<KeyGranted>("octoprint-server/await-key", body, (keyPatience + 30) * 1000, signal);
    if (answer === undefined || signal.aborted) return;
    if (!answer.ok) return this.#end([answer.note]);
    this.#granted(answer.apiKey);
    const granted = text("ask.granted", { button: this.#saveButton });
    const whose = answer.user === null ? "" : ` ${text("ask.user", { user: answer.user })}`;
    this.#end([{ level: "info", text: granted + whose }]);
  }

  /** What the button that keeps the entries is called: "Add" for a new server, "Update" for one that exists. */
  get #saveButton(): string {
    return this.#button.closest(".red-ui-tray").find("#node-config-dialog-ok").text().trim();
  }

  #show({ page }: KeyRequested): void {
    const until = Date.now() + keyPatience * 1000;
    const follow = (): void => {
      const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      this.#words.text(text("ask.waiting", { left }));
    };
    // Made of the address in the form and OctoPrint's path, and a page of the web at any rate.
    const isPage = /^https?:\/\//i.test(page);
    $("#octoprint-server-page")
      .attr("href", isPage ? page : "#")
      .toggle(isPage);
    follow();
    this.#panel.show();
    clearInterval(this.#countdown);
    this.#countdown = window.setInterval(follow, 1000);
  }

  #end(notes: readonly Note[]): void {
    this.close();
    this.#panel.hide();
    this.#button.prop("disabled", false);
    showNotes(this.#notes, notes);
  }
}
