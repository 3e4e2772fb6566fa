import type { Buffer } from "node:buffer";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Address } from "./address.ts";
import type { Problem } from "./problem.ts";

// The types that the files of this folder share: who asks an OctoPrint, what it answers, and what it pushes.

/** Where an OctoPrint is, and who we are there. */
export interface ServerSettings {
  readonly address: Address;
  /** `""`: we are a guest. */
  readonly apiKey: string;
  /** Basic authentication of a proxy in front; `""`: none. */
  readonly proxyUser: string;
  readonly proxyPassword: string;
  /** What to trust, and who we are; verification is on unless it says otherwise. */
  readonly tls: TlsOptions;
}

/** The HTTP methods that OctoPrint's API has. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** How long a request may take, and how to give it up. */
export interface RequestOptions {
  /** Milliseconds for the whole request; by default those of its method (`timing.ts`). */
  readonly limit?: number;
  /** Gives up. What was sent already may still be carried out. */
  readonly signal?: AbortSignal;
}

/** OctoPrint carried the request out, or took it on: 204 does not say that it has happened. */
export interface Success<Body> {
  readonly ok: true;
  readonly status: number;
  readonly body: Body;
}

/** The request failed. */
export interface Refusal {
  readonly ok: false;
  readonly problem: Problem;
  /** The HTTP status, where there was an answer. */
  readonly status?: number;
  /** What OctoPrint says in its answer: `{"error": …}`, or the text. Never holds the key. */
  readonly reason?: string;
}

/** What a request gives. */
export type Answer<Body = unknown> = Success<Body> | Refusal;

/** An answer that is not JSON, such as a picture. */
export interface Bytes {
  readonly bytes: Buffer;
  /** In lower case, without parameters: `image/jpeg`. `""`: not said. */
  readonly contentType: string;
}

/** A file to upload. */
export interface UploadFile {
  readonly name: string;
  readonly content: Buffer | string;
}

/**
 * What the push socket says, parsed: an object whose one key is the kind of message.
 *
 * @example { event: { type: "PrintStarted", payload: { name: "benchy.gcode", … } } }
 */
export type Frame = Readonly<Record<string, unknown>>;

/** Whom OctoPrint takes us for. */
export interface User {
  /** `null`: a guest. `_api`: the global key. */
  readonly name: string | null;
  /**
   * What that user may do, as OctoPrint names it: `STATUS`, `FILES_LIST`, … `null`: OctoPrint before 1.4 does not tell.
   */
  readonly permissions: readonly string[] | null;
}

/** Who we are on a push connection, and to whom. */
export interface Session {
  /** OctoPrint's version, such as `1.11.8` or `2.0.0rc7`; `""`: not said. */
  readonly version: string;
  /** Why OctoPrint runs in safe mode, without third-party plugins; `null`: it does not. */
  readonly safeMode: string | null;
  readonly user: User;
  /** Our own address as seen by this computer; `""` where nothing is pushed. */
  readonly localAddress: string;
  /** There is no socket: the frames are made of what REST answers (`polling.ts`). */
  readonly polled: boolean;
}

/** What we want to be told, and how often. */
export interface PushSettings {
  /** The shortest time between two `current`, in seconds: a multiple of 0.5. */
  readonly throttle: number;
  /** A regular expression that selects lines of the terminal; `false`: no lines. */
  readonly logs: string | false;
  /** The OctoPrint plugins whose own messages to send: ids, all, or none. */
  readonly plugins: readonly string[] | boolean;
}

/** What one session tells. After `ended` there is nothing more. */
export interface SessionObserver {
  opened(session: Session): void;
  frame(frame: Frame): void;
  ended(problem: Problem): void;
}

/** The state of a push connection. */
export interface ConnectionState {
  readonly phase: "idle" | "connecting" | "connected" | "disconnected";
  /** Why there is no connection; of one that is polled, why there is no socket. */
  readonly problem?: Problem;
  /** While connected. Another object is another session, which begins with the frame `history`. */
  readonly session?: Session;
}

/** Someone who receives what OctoPrint pushes. */
export interface PushReceiver {
  /** Is told the state, at once and at each change. */
  state(state: ConnectionState): void;
  /** Frames of a session in their order: `history` first, then `current`, `event`, `timelapse`, `plugin`, … */
  frame(frame: Frame): void;
}
