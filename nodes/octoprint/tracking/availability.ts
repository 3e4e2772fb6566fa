import type { Link, Observation } from "./observation.ts";

/**
 * `online`: OctoPrint is there and, as far as known, its printer. `printer-offline`: OctoPrint is there without it.
 * `octoprint-offline`: the plugin left the broker, or an OctoPrint that we speak to ourselves cannot be reached.
 * `broker-offline`: we left the broker. `stale`: nothing was heard for too long while it prints. `unknown`: nothing was
 * heard yet.
 */
export type Availability = "online" | "printer-offline" | "octoprint-offline" | "broker-offline" | "stale" | "unknown";

/** How long a last will may be late, and how old a message on its way may be, ms. */
export const grace = 2_000;

/** The topic of the HomeAssistant plugin that has OctoPrint's data of the print. */
export const hassPrinting = "hass/printing";

/** What is known of the way to OctoPrint; all times by our clock, ms since the epoch. */
export class Reach {
  link: Link["connection"] = "connected";
  octoprint: "up" | "down" | undefined;
  /** When it went; kept until it is heard again. */
  downAt: number | undefined;
  /** A `disconnected` so soon after `connected` that it may be a late last will is believed then; else infinite. */
  believeAt = Number.POSITIVE_INFINITY;
  /** When it was last heard, or could first have been. */
  heardAt: number | undefined;
  stale = false;
  /** The last live `connected`. */
  #upAt: number | undefined;

  relink({ connection }: Link): void {
    this.link = connection;
    this.octoprint = undefined;
    this.downAt = undefined;
    this.believeAt = Number.POSITIVE_INFINITY;
    this.heardAt = undefined;
    this.#upAt = undefined;
  }

  /** Takes what one message says of OctoPrint being there. */
  hear(heard: Observation): void {
    if (heard.channel.kind === "connection") this.#announced(heard);
    else if (isProof(heard)) this.#proven(heard.arrived);
  }

  #announced({ message, arrived, retain }: Observation): void {
    if (message === "connected") {
      if (!retain) this.#upAt = arrived;
      this.heardAt = retain ? (this.heardAt ?? arrived) : arrived;
      this.#isUp();
    } else if (message === "disconnected") {
      if (this.octoprint === "down" || Number.isFinite(this.believeAt)) return;
      const late = !retain && this.#upAt !== undefined && arrived - this.#upAt <= grace;
      if (late) this.believeAt = arrived + grace;
      else this.#isGone(arrived);
    } else {
      this.octoprint = undefined;
      this.believeAt = Number.POSITIVE_INFINITY;
    }
  }

  /** Before 0.8.7 the plugin did not say `connected` again after a lost network (#77, #151). */
  #proven(arrived: number): void {
    if (this.downAt !== undefined && arrived - this.downAt <= grace) return;
    this.heardAt = arrived;
    this.#isUp();
  }

  #isUp(): void {
    this.octoprint = "up";
    this.downAt = undefined;
    this.believeAt = Number.POSITIVE_INFINITY;
    this.stale = false;
  }

  #isGone(downAt: number): void {
    this.octoprint = "down";
    this.#upAt = undefined;
    this.downAt = downAt;
    this.believeAt = Number.POSITIVE_INFINITY;
  }

  /**
   * Draws the conclusions of a silence.
   *
   * @param staleAt when it has lasted too long; infinite where it may last
   * @returns whether OctoPrint has gone
   */
  wait(now: number, staleAt: number): boolean {
    if (now >= this.believeAt) {
      this.#isGone(this.believeAt - grace);
      return true;
    }
    if (now >= staleAt) this.stale = true;
    return false;
  }

  availability(printerOffline: boolean): Availability {
    if (this.link === "disconnected") return "broker-offline";
    if (this.link === "unreachable") return "octoprint-offline";
    if (this.link === "refused" || this.octoprint === undefined) return "unknown";
    if (this.octoprint === "down") return "octoprint-offline";
    if (this.stale) return "stale";
    return printerOffline ? "printer-offline" : "online";
  }
}

/**
 * Only what OctoPrint itself says live. Shutdown comes 1 ms after `disconnected`; what is published on other topics,
 * or to clear one, may come from anybody.
 */
function isProof({ channel, message, retain }: Observation): boolean {
  return !retain && isOctoPrints(channel, message);
}

function isOctoPrints({ kind, name }: Observation["channel"], message: unknown): boolean {
  if (message === null) return false;
  if (kind === "other") return name === hassPrinting;
  return kind !== "event" || name !== "Shutdown";
}

/** When OctoPrint said this, by our clock, ms since the epoch; `undefined`: it was not OctoPrint that said it. */
export function seenAt({ channel, message, retain, timestamp, arrived }: Observation): number | undefined {
  if (channel.kind === "connection") return message === "connected" && !retain ? arrived : undefined;
  if (!isOctoPrints(channel, message)) return undefined;
  if (!retain) return arrived;
  return timestamp === undefined ? undefined : Math.min(timestamp, arrived);
}
