/** A frame `current` or `history`. */
export interface Current {
  readonly completion?: number | null;
  readonly path?: string | null;
  readonly temps?: readonly unknown[];
  readonly logs?: readonly string[];
  readonly progress?: unknown;
  /** A job goes on. */
  readonly printing?: boolean;
  /** OctoPrint's clock, s. */
  readonly serverTime?: number;
}

export function state({
  completion = null,
  path = null,
  temps = [],
  logs = [],
  progress,
  printing = false,
  serverTime,
}: Current = {}) {
  return {
    state: { text: printing ? "Printing" : "Operational", flags: { operational: true, printing } },
    job: { file: { name: path, path, origin: path === null ? null : "local" } },
    progress: progress === undefined ? { completion } : progress,
    temps,
    logs,
    ...(serverTime === undefined ? {} : { serverTime }),
  };
}

export const history = (current?: Current) => ({ frame: { history: state(current) } });
export const current = (said?: Current) => ({ frame: { current: state(said) } });
export const event = (type: string, payload: unknown = null) => ({ frame: { event: { type, payload } } });
export const file = (path: string) => ({ name: path, path, origin: "local" });
