import type { PluginMessage } from "../octoprint/plugin/message.ts";
import { type PluginInput, stepPlugin } from "../octoprint/plugin/plugin.ts";
import { type PluginState, startedPlugin } from "../octoprint/plugin/plugin-state.ts";
import { progressNow } from "../octoprint/plugin/progress.ts";
import type { Retained } from "../octoprint/plugin/retained.ts";
import type { Link } from "../octoprint/tracking/observation.ts";
import type { ConnectionState, Session } from "../server/message.ts";
import type { OctoPrintApi } from "../server/octoprint-api.ts";
import type { ProblemCode } from "../server/problem.ts";
import type { PushConnection } from "../server/push-connection.ts";
import { may } from "../server/user.ts";
import { filePath } from "./paths.ts";

/** Marlin says this every 2 s while it waits for somebody. */
const pausedForUser = "busy: paused for user";

/** Where OctoPrint may be away for a while: what we know of it is out of date. All else is wrong for good. */
const away: ReadonlySet<ProblemCode> = new Set([
  "octoprint-refused",
  "octoprint-no-answer",
  "octoprint-reset",
  "octoprint-starting",
  "octoprint-unavailable",
  "octoprint-failed",
  "push-lost",
  "push-silent",
  "too-many-requests",
  "host-unknown",
  "local-name-unknown",
  "host-unreachable",
  "connection-failed",
]);

/** Someone who wants the plugin's messages: the printers of one topic scheme. */
export interface PluginListener {
  /** Whether somebody wants files' metadata, which cost OctoPrint a request a print. */
  readonly wantsMetadata: boolean;
  /** Whose own messages to receive: ids of OctoPrint's plugins, or all. */
  readonly wantedPlugins: readonly string[] | "all";
  live(message: PluginMessage): void;
  /** As a broker would have stored it; after a reconnect it is said again. */
  stored(message: PluginMessage): void;
  /** How it is now, for those who draw conclusions; after what was stored. */
  now(message: PluginMessage): void;
}

/** What the runner needs of its server node. */
export interface RunnerParts {
  readonly api: OctoPrintApi;
  readonly push: PushConnection;
  /** Seconds. */
  readonly throttle: number;
  /** Runs what may call hooks of others'. */
  readonly guard: (action: () => void) => void;
}

/** Runs the plugin on what one OctoPrint pushes, for all printer nodes that use the server. */
export class PluginRunner {
  readonly #parts: RunnerParts;
  readonly #listeners = new Set<PluginListener>();
  readonly #links = new Set<(link: Link["connection"]) => void>();
  #state: PluginState = startedPlugin;
  #session: Session | undefined;
  /** The next frame is the first one of a session. */
  #fresh = false;
  /** OctoPrint does not want us, or it is none. */
  #refused = false;
  #link: Link["connection"] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #leave: (() => void) | undefined;
  #wanted = "";

  readonly #ignore: () => void;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    // The socket outlives its last user for a while, and who comes meanwhile is to be handed how things are.
    this.#ignore = parts.push.observe({
      state: (state) => parts.guard(() => this.#connectionIs(state)),
      frame: (frame) => parts.guard(() => this.#step({ frame })),
    });
  }

  /** What those who join get first. */
  get retained(): Retained {
    return this.#state.retained;
  }

  /** What who joins is told after that; `undefined`: OctoPrint is out of reach. */
  get now(): PluginMessage | undefined {
    const { authorised, current, clockOffset } = this.#state;
    return authorised && current !== undefined ? progressNow(current, Date.now() + clockOffset) : undefined;
  }

  /** Returns a function that removes it. The socket is open while somebody listens. */
  join(listener: PluginListener): () => void {
    this.#listeners.add(listener);
    this.changed();
    this.#leave ??= this.#parts.push.receive({ state: () => undefined, frame: () => undefined });
    return () => {
      this.#listeners.delete(listener);
      this.changed();
      if (this.#listeners.size > 0) return;
      this.#leave?.();
      this.#leave = undefined;
    };
  }

  /** What a listener wants has changed. */
  changed(): void {
    if (this.#listeners.size === 0) return;
    const plugins = new Set<string>();
    let all = false;
    for (const { wantedPlugins } of this.#listeners) {
      if (wantedPlugins === "all") all = true;
      else for (const id of wantedPlugins) plugins.add(id);
    }
    const wanted = all || (plugins.size === 0 ? false : [...plugins].sort());
    const key = JSON.stringify(wanted);
    if (key === this.#wanted) return;
    this.#wanted = key;
    this.#parts.push.subscribe({ throttle: this.#parts.throttle, logs: pausedForUser, plugins: wanted });
  }

  watchLink(watcher: (link: Link["connection"]) => void): () => void {
    this.#links.add(watcher);
    if (this.#link !== undefined) watcher(this.#link);
    return () => void this.#links.delete(watcher);
  }

  close(): void {
    if (this.#state.authorised) this.#step({ connection: "stopped" });
    this.#ignore();
    this.#leave?.();
    this.#leave = undefined;
    this.#listeners.clear();
    this.#forget();
  }

  /** The socket is closed, for nobody listens. Who comes next is to hear how things are then. */
  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#session = undefined;
    this.#state = startedPlugin;
    this.#link = undefined;
  }

  #connectionIs({ phase, problem, session }: ConnectionState): void {
    if (phase === "idle") this.#forget();
    else if (phase === "connected" && session !== undefined && session !== this.#session) {
      if (this.#session !== undefined) this.#step({ connection: "lost" });
      this.#session = session;
      this.#fresh = true;
    } else if (phase === "disconnected") {
      this.#session = undefined;
      this.#refused = problem !== undefined && !away.has(problem.code);
      this.#step({ connection: "lost" });
    }
  }

  #step(input: PluginInput): void {
    const metadata = this.#mayReadFiles && [...this.#listeners].some(({ wantsMetadata }) => wantsMetadata);
    const { state, messages, wakeAt, fetch } = stepPlugin(this.#state, input, Date.now(), { metadata });
    this.#state = state;
    this.#wake(wakeAt);
    const fresh = this.#fresh && state.authorised;
    if (fresh) {
      this.#fresh = false;
      this.#linkIs("connected");
      this.#tellStored(messages);
    } else if (!state.authorised) this.#linkIsDown();
    for (const message of messages) this.#tell((listener) => listener.live(message));
    // Events that came while the socket was lost are not heard of: it may be paused meanwhile.
    const now = fresh ? this.now : undefined;
    if (now !== undefined) this.#tell((listener) => listener.now(now));
    if (fetch) void this.#readEntry(fetch);
  }

  /** After a reconnect, as a broker does; what comes live right now is left out. */
  #tellStored(live: readonly PluginMessage[]): void {
    for (const message of this.#state.retained.values()) {
      if (live.some(({ kind, name }) => kind === message.kind && name === message.name)) continue;
      this.#tell((listener) => listener.stored(message));
    }
  }

  #tell(tell: (listener: PluginListener) => void): void {
    for (const listener of this.#listeners) this.#parts.guard(() => tell(listener));
  }

  /** Why is known at once, that OctoPrint is away only after a while. */
  #linkIsDown(): void {
    if (this.#refused) this.#linkIs("refused");
    else if (this.#state.said === "disconnected") this.#linkIs("unreachable");
  }

  #linkIs(link: Link["connection"]): void {
    if (link === this.#link && link !== "connected") return;
    this.#link = link;
    for (const watcher of this.#links) this.#parts.guard(() => watcher(link));
  }

  get #mayReadFiles(): boolean {
    return this.#session !== undefined && may(this.#session.user, "FILES_LIST");
  }

  async #readEntry(file: { readonly location: string; readonly path: string }): Promise<void> {
    const answer = await this.#parts.api.get(filePath(file));
    // The socket may be closed since then.
    if (this.#session !== undefined)
      this.#parts.guard(() => this.#step({ file, entry: answer.ok ? answer.body : undefined }));
  }

  #wake(wakeAt: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (wakeAt === undefined) return;
    const wake = (): void => this.#parts.guard(() => this.#step("tick"));
    this.#timer = setTimeout(wake, Math.max(0, wakeAt - Date.now())).unref();
  }
}
