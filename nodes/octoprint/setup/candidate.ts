import type { ConnectionStatus } from "../messages/schemas.ts";

/** What a printer can be recognised by; `homeassistant`: the discovery messages of the HomeAssistant plugin. */
export const signs = ["connection", "progress", "event", "temperature", "homeassistant"] as const;
/** What a printer can be recognised by. */
export type SignKind = (typeof signs)[number];

/** A base topic on which an OctoPrint publishes, or with `{printer}`, several of them. */
export interface Candidate {
  readonly baseTopic: string;
  readonly heard: readonly SignKind[];
  /** What the HomeAssistant plugin calls it. */
  readonly name?: string;
  readonly status?: ConnectionStatus;
  readonly job?: { readonly path: string; readonly progress: number | null };
  /** The sensors' names. */
  readonly temperatures: readonly string[];
  /** For a farm: the printer's name in place of `{printer}`. */
  readonly printers: readonly string[];
  /** It said something while we listened. */
  readonly live: boolean;
  /** ms since the epoch; missing where all was stored and nothing said when. */
  readonly lastHeard?: number;
}
