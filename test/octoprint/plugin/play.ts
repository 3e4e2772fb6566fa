import type { PluginMessage } from "../../../nodes/octoprint/plugin/message.ts";
import { type PluginInput, type PluginOptions, stepPlugin } from "../../../nodes/octoprint/plugin/plugin.ts";
import { type PluginState, startedPlugin } from "../../../nodes/octoprint/plugin/plugin-state.ts";

export interface Published extends PluginMessage {
  /** When, on the clock of the inputs. */
  readonly at: number;
}

/** Plays inputs to the plugin, with the ticks that it asks for in between. */
export class Player {
  state: PluginState = startedPlugin;
  readonly published: Published[] = [];
  readonly fetched: string[] = [];
  #wakeAt: number | undefined;
  readonly #options: PluginOptions;

  constructor(options: PluginOptions = { metadata: false }) {
    this.#options = options;
  }

  play(at: number, input: PluginInput): this {
    this.until(at);
    this.#step(at, input);
    return this;
  }

  /** Lets time pass. */
  until(at: number): this {
    while (this.#wakeAt !== undefined && this.#wakeAt <= at) this.#step(this.#wakeAt, "tick");
    return this;
  }

  /** What was published since the last call, in short: `event/PrintDone`. */
  topics(): string[] {
    const names = this.published.map(({ kind, name }) => (kind === "connection" ? "mqtt" : `${kind}/${name}`));
    this.published.length = 0;
    return names;
  }

  #step(at: number, input: PluginInput): void {
    const { state, messages, wakeAt, fetch } = stepPlugin(this.state, input, at, this.#options);
    this.state = state;
    this.#wakeAt = wakeAt;
    if (fetch) this.fetched.push(`${fetch.location}/${fetch.path}`);
    for (const message of messages) this.published.push({ ...message, at });
  }
}
