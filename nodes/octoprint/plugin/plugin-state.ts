import type { PluginMessage, PrintedFile } from "./message.ts";
import { noSocket, type OwnSocket } from "./own-events.ts";
import type { LastProgress, Poll } from "./progress.ts";
import type { Retained } from "./retained.ts";
import type { Temperatures } from "./temperatures.ts";

/** What the plugin knows between two inputs. */
export interface PluginState {
  /** True once OctoPrint has authorised this socket and sent its first messages. */
  readonly authorised: boolean;
  /** The status that was published last. */
  readonly said: "connected" | "disconnected" | undefined;
  /** When the loss of the socket is published; milliseconds since the epoch. */
  readonly lostAt: number | undefined;
  /** OctoPrint's clock minus ours, ms. */
  readonly clockOffset: number;
  /** The newest `current` or `history`. */
  readonly current: Record<string, unknown> | undefined;
  readonly poll: Poll | undefined;
  readonly lastProgress: LastProgress | undefined;
  readonly temperatures: Temperatures;
  /** The time of the newest data point, s; `undefined` before the first history. */
  readonly lastPoint: number | undefined;
  readonly own: OwnSocket;
  /** The file whose metadata has been asked for. */
  readonly wanted: PrintedFile | undefined;
  readonly metadataKeys: readonly string[];
  /** The file whose metadata is published. */
  readonly metadataOf: PrintedFile | undefined;
  /** PrintStarted and the messages after it, while they wait for the file's metadata. */
  readonly held: { readonly messages: readonly PluginMessage[]; readonly until: number } | undefined;
  /** The messages for subscribers that join later. */
  readonly retained: Retained;
}

/** The state before the first input. */
export const startedPlugin: PluginState = {
  authorised: false,
  said: undefined,
  lostAt: undefined,
  clockOffset: 0,
  current: undefined,
  poll: undefined,
  lastProgress: undefined,
  temperatures: new Map(),
  lastPoint: undefined,
  own: noSocket,
  wanted: undefined,
  metadataKeys: [],
  metadataOf: undefined,
  held: undefined,
  retained: new Map(),
};
