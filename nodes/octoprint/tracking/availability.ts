import type { Link, Observation } from "./observation.ts";

/**
 * `online`: OctoPrint is there and, as far as known, its printer. `printer-offline`: OctoPrint is there without it.
 * `octoprint-offline`: the plugin left the broker, or an OctoPrint that we speak to ourselves cannot be reached.
 * `broker-offline`: we left the broker. `stale`: nothing was heard for too long while it prints. `unknown`: nothing was
 * heard yet.
 */
export type Availability = "online" | "printer-offline" | "octoprint-offline" | "broker-offline" | "stale" | "unknown";

/** What is known of the way to OctoPrint; all times by our clock, ms since the epoch. */
export interface Reach {
  readonly link: Link["connection"];
  readonly octoprint: "up" | "down" | undefined;
  /** The last live `connected`. */
  readonly upAt: number | undefined;
  readonly downAt: number | undefined;
  /** A `disconnected` so soon after `connected` that it may be a late last will is believed then. */
  readonly believeAt: number | undefined;
  /** When it was last heard, or could first have been. */
  readonly heardAt: number | undefined;
  readonly stale: boolean;
}

/** How long a last will may be late, and how old a message on its way may be, ms. */
export const grace = 2_000;

export const unreached: Reach = {
  link: "connected",
  octoprint: undefined,
  upAt: undefined,
  downAt: undefined,
  believeAt: undefined,
  heardAt: undefined,
  stale: false,
};

export function relinked({ connection, arrived }: Link): Reach {
  return connection === "connected" ? { ...unreached, heardAt: arrived } : { ...unreached, link: connection };
}

/** What one message says of OctoPrint being there. */
export function reached(reach: Reach, heard: Observation): Reach {
  if (heard.channel.kind === "connection") return announced(reach, heard);
  return isProof(heard) ? proven(reach, heard.arrived) : reach;
}

/**
 * Only what OctoPrint itself says live. Shutdown comes 1 ms after `disconnected`; what is published on other topics,
 * or to clear one, may come from anybody.
 */
function isProof({ channel, message, retain }: Observation): boolean {
  if (retain || message === null) return false;
  if (channel.kind === "other") return channel.name === hassPrinting;
  return channel.kind !== "event" || channel.name !== "Shutdown";
}

/** When OctoPrint said this, by our clock, ms since the epoch; `undefined`: it was not OctoPrint that said it. */
export function seenAt(heard: Observation): number | undefined {
  const { channel, message, retain, timestamp, arrived } = heard;
  if (channel.kind === "connection") return message === "connected" && !retain ? arrived : undefined;
  if (!isProof({ ...heard, retain: false })) return undefined;
  if (!retain) return arrived;
  return timestamp === undefined ? undefined : Math.min(timestamp, arrived);
}

/** The topic of the HomeAssistant plugin that has OctoPrint's data of the print. */
export const hassPrinting = "hass/printing";

function announced(reach: Reach, { message, arrived, retain }: Observation): Reach {
  if (message === "connected") {
    const upAt = retain ? reach.upAt : arrived;
    const heardAt = retain ? (reach.heardAt ?? arrived) : arrived;
    return { ...reach, octoprint: "up", upAt, downAt: undefined, believeAt: undefined, heardAt, stale: false };
  }
  if (message === "disconnected") {
    if (reach.octoprint === "down" || reach.believeAt !== undefined) return reach;
    const late = !retain && reach.octoprint === "up" && reach.upAt !== undefined && arrived - reach.upAt <= grace;
    return late ? { ...reach, believeAt: arrived + grace } : gone(reach, arrived);
  }
  return { ...reach, octoprint: undefined, believeAt: undefined };
}

function gone(reach: Reach, downAt: number): Reach {
  return { ...reach, octoprint: "down", upAt: undefined, downAt, believeAt: undefined, stale: false };
}

/** Before 0.8.7 the plugin did not say `connected` again after a lost network (#77, #151). */
function proven(reach: Reach, arrived: number): Reach {
  if (reach.downAt !== undefined && arrived - reach.downAt <= grace) return reach;
  return { ...reach, octoprint: "up", downAt: undefined, believeAt: undefined, heardAt: arrived, stale: false };
}

/** @param staleAt when the silence has lasted too long, `undefined` where it may last */
export function waited(reach: Reach, now: number, staleAt: number | undefined): Reach {
  if (reach.believeAt !== undefined && now >= reach.believeAt) return gone(reach, reach.believeAt - grace);
  return staleAt !== undefined && now >= staleAt && !reach.stale ? { ...reach, stale: true } : reach;
}

export function availabilityOf({ link, octoprint, stale }: Reach, printerOffline: boolean): Availability {
  if (link === "disconnected") return "broker-offline";
  if (link === "unreachable") return "octoprint-offline";
  if (link === "refused" || octoprint === undefined) return "unknown";
  if (octoprint === "down") return "octoprint-offline";
  if (stale) return "stale";
  return printerOffline ? "printer-offline" : "online";
}
