import type { Kind } from "../topics/kinds.ts";

// The types that the files of this folder share.

/** A message as the plugin would publish it, before it has a topic and becomes text (`messages/encode.ts` does that). */
export interface PluginMessage {
  readonly kind: Kind;
  /** The placeholder's value; `""` for `connection`, `plugin/<id>` for `other`. */
  readonly name: string;
  /** `undefined` for an event that has none; `null` clears a retained topic. */
  readonly payload: unknown;
  /** Milliseconds since the epoch by OctoPrint's clock; `undefined` where the plugin writes no timestamp. */
  readonly timestamp: number | undefined;
}

/** A file that is printed, as the plugin names it. */
export interface PrintedFile {
  /** `local`, `sdcard`, or `printer` (2.0). */
  readonly location: string;
  readonly path: string;
}

/** Temperatures and metadata remembered at most: names come from files and from other plugins. */
export const mostNames = 100;
