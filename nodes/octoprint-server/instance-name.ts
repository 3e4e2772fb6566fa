import type { Session } from "../server/message.ts";
import type { OctoPrintApi } from "../server/octoprint-api.ts";
import type { PushConnection } from "../server/push-connection.ts";
import { may } from "../server/user.ts";

/** What OctoPrint is called by its owner (`appearance.name`), else its host. Asked for once a session, where somebody wants to know. */
export class InstanceName {
  readonly #api: OctoPrintApi;
  readonly #watchers = new Set<(name: string) => void>();
  readonly #ignore: () => void;
  readonly #guard: (action: () => void) => void;
  #name: string;
  #session: Session | undefined;
  /** The session that was asked. */
  #asked: Session | undefined;

  /** @param guard runs what may call hooks of others' */
  constructor(api: OctoPrintApi, push: PushConnection, guard: (action: () => void) => void) {
    this.#api = api;
    this.#guard = guard;
    this.#name = api.server;
    this.#ignore = push.observe({
      state: ({ session }) => {
        if (session === this.#session) return;
        this.#session = session;
        void this.#read();
      },
      frame: ({ event }) => {
        if (typeof event === "object" && event !== null && "type" in event && event.type === "SettingsUpdated") {
          void this.#read();
        }
      },
    });
  }

  watch(watcher: (name: string) => void): () => void {
    this.#watchers.add(watcher);
    watcher(this.#name);
    // A server node outlives a deploy that brings its first printer without a name.
    if (this.#asked !== this.#session) void this.#read();
    return () => void this.#watchers.delete(watcher);
  }

  close(): void {
    this.#ignore();
    this.#watchers.clear();
  }

  async #read(): Promise<void> {
    const session = this.#session;
    if (session === undefined || this.#watchers.size === 0 || !may(session.user, "SETTINGS_READ")) return;
    this.#asked = session;
    const answer = await this.#api.get("api/settings");
    if (!answer.ok || session !== this.#session) return;
    const name = nameIn(answer.body) || this.#api.server;
    if (name === this.#name) return;
    this.#name = name;
    for (const watcher of this.#watchers) this.#guard(() => watcher(name));
  }
}

/** Nothing else of the answer is kept: an admin's holds OctoPrint's global key. */
function nameIn(settings: unknown): string {
  if (typeof settings !== "object" || settings === null || !("appearance" in settings)) return "";
  const { appearance } = settings;
  if (typeof appearance !== "object" || appearance === null || !("name" in appearance)) return "";
  return typeof appearance.name === "string" ? appearance.name.trim() : "";
}
