import { isRecord } from "../messages/json.ts";
import { textIn } from "./fields.ts";

/** So long after our socket was authorised its own events may come, ms. */
const settling = 10_000;

/** What is known of our own push socket, to tell its events from those of other clients. */
export interface OwnSocket {
  /** Until when what a client does at the start may be our own doing; milliseconds since the epoch. */
  readonly settlingUntil: number;
  /** Our own ClientAuthed has come. */
  readonly authed: boolean;
  /** Our address as OctoPrint sees it; only an admin's key is told. */
  readonly address: string | undefined;
  /** Sockets of ours that are gone and whose ClientClosed has not come. */
  readonly closing: number;
}

/** No push socket yet. */
export const noSocket: OwnSocket = { settlingUntil: 0, authed: false, address: undefined, closing: 0 };

/** Our socket was authorised. */
export function socketOpened(own: OwnSocket, now: number): OwnSocket {
  return { ...own, settlingUntil: now + settling, authed: false };
}

/** Our socket is gone. */
export function socketLost(own: OwnSocket): OwnSocket {
  return { ...own, settlingUntil: 0, closing: Math.min(own.closing + 1, 10) };
}

/** We log in again for the same socket. */
export function socketRenewed(own: OwnSocket, now: number): OwnSocket {
  return { ...own, settlingUntil: now + settling, authed: false };
}

/** `undefined`: the event is somebody else's. */
export function ownEvent(own: OwnSocket, name: string, payload: unknown, now: number): OwnSocket | undefined {
  const settles = now < own.settlingUntil && !own.authed;
  const address = textIn(payload, "remoteAddress");
  switch (name) {
    case "ClientAuthed":
      return settles ? { ...own, authed: true, address: address ?? own.address } : undefined;
    case "ClientOpened":
    case "UserLoggedIn":
      return settles ? own : undefined;
    case "ClientClosed":
      if (own.closing === 0 || !isRecord(payload)) return undefined;
      if (own.address !== undefined && address !== own.address) return undefined;
      if (own.address === undefined && now >= own.settlingUntil) return undefined;
      return { ...own, closing: own.closing - 1 };
    default:
      return undefined;
  }
}
