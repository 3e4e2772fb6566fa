import { Buffer } from "node:buffer";
import type { Publication } from "./message.ts";
import type { Problem } from "./problem.ts";

/** A message that has been written to the socket, and when, ms. */
export interface Written {
  readonly publication: Publication;
  readonly at: number;
}

/** A broker that does not take a message hangs up at once: within this time, ms, and what the message itself needs. */
const hangUp = 2000;
const slowestBytesPerMs = 100;

/** So many losses in a row make a kind of messages suspect; so many prove it guilty, all but two of them tried alone. */
const lossesOfSuspect = 2;
const lossesOfGuilty = 6;

/** A network that loses connections of itself: each such loss of the last minutes asks for one loss more, up to a most. */
const networkPeriod = 600_000;
const mostOfNetwork = 8;

/** How long nothing of a guilty kind is tried again, ms: doubled each time, up to the longest. */
const firstBan = 60_000;
const longestBan = 3_600_000;

/** How many kinds are remembered at most: a flow may make up topics without end. */
const mostKinds = 1000;

interface Suspicion {
  readonly topic: string;
  losses: number;
  /** The connection is lost; whether that counts is known when the broker is reached again. */
  pending: boolean;
  cause: Problem;
}

interface Ban {
  /** Of the smallest message that is known to be guilty, bytes. */
  readonly size: number;
  readonly until: number;
  readonly length: number;
  readonly cause: Problem;
}

/**
 * Finds the messages that a broker answers by hanging up, which is all that MQTT 3.1.1 lets it do [MQTT-3.3.5-2].
 * Messages of one kind, that is with the same topic, QoS and retain flag, share their fate.
 *
 * A kind becomes suspect by two losses of the connection in a row, if each came within two seconds of such a message,
 * nothing of its topic was acknowledged in between, and the broker was reached again at once. Suspects are to be sent
 * last, each of them alone. Four more losses prove a suspect guilty where the network is good. Where other connections
 * were lost lately, for which no message turned out to be guilty, it takes one more for each of them: a network that cuts
 * packets in two cuts a single one, too.
 */
export class Suspects {
  readonly #suspicions = new Map<string, Suspicion>();
  #heldTopics: ReadonlySet<string> = new Set();
  readonly #bans = new Map<string, Ban>();
  /** The last message of each kind at QoS 0 that was written, after a loss: nobody acknowledges it. */
  readonly #unacknowledged = new Map<string, Written>();
  /** When connections were lost below a message, ms: those of the last minutes that no guilty message explains. */
  #unexplained: number[] = [];
  #cautious = false;

  /** False: nothing is suspected, so nothing needs to be asked. */
  get any(): boolean {
    return this.#suspicions.size > 0 || this.#bans.size > 0;
  }

  /** True for a while after a loss: what is written at QoS 0 is to be reported with `wrote`. */
  get cautious(): boolean {
    return this.#cautious;
  }

  wrote(publication: Publication, at: number): void {
    if (this.#unacknowledged.size < mostKinds) this.#unacknowledged.set(kindOf(publication), { publication, at });
  }

  /**
   * The connection is lost.
   *
   * @param written what the broker has not acknowledged
   * @returns whether something of it may be the reason
   */
  lost(written: readonly Written[], now: number, cause: Problem): boolean {
    let suspicious = false;
    for (const { publication, at } of [...written, ...this.#unacknowledged.values()]) {
      const kind = kindOf(publication);
      const { losses = 0 } = this.#suspicions.get(kind) ?? {};
      const recent = now - at <= hangUp + sizeOf(publication) / slowestBytesPerMs;
      if (!recent) this.#suspicions.delete(kind);
      else if (losses > 0 || this.#suspicions.size < mostKinds) {
        this.#suspicions.set(kind, { topic: publication.topic, losses, pending: true, cause });
        suspicious = true;
      }
    }
    if (suspicious) this.#countLoss(now);
    this.#unacknowledged.clear();
    this.#cautious = true;
    return suspicious;
  }

  #countLoss(now: number): void {
    const recent = this.#unexplained.filter((at) => now - at < networkPeriod);
    this.#unexplained = [...recent, now].slice(-(lossesOfGuilty + 2 * mostOfNetwork));
  }

  /**
   * The broker is reached again.
   *
   * @param atOnce by the first attempt; else the network or the broker was down, and no message is to blame
   */
  reached(atOnce: boolean): void {
    for (const [kind, suspicion] of this.#suspicions) {
      if (!suspicion.pending) continue;
      suspicion.pending = false;
      if (atOnce) suspicion.losses++;
      else this.#suspicions.delete(kind);
    }
    this.#hold();
  }

  /** The broker has taken a message: nothing of its topic is suspected any more. */
  acknowledged(publication: Publication): void {
    for (const [kind, { topic }] of this.#suspicions) if (topic === publication.topic) this.#suspicions.delete(kind);
    const kind = kindOf(publication);
    const ban = this.#bans.get(kind);
    if (ban !== undefined && sizeOf(publication) >= ban.size) this.#bans.delete(kind);
    this.#hold();
  }

  /** The connection has lasted. Who is suspect stays so until it is tried. */
  lasted(): void {
    this.#cautious = false;
    this.#unacknowledged.clear();
    for (const [kind, { losses }] of this.#suspicions) if (losses < lossesOfSuspect) this.#suspicions.delete(kind);
  }

  /** True for a topic of which something may be to blame, if only for one loss: nothing of it is to be replaced. */
  concerns(topic: string): boolean {
    for (const suspicion of this.#suspicions.values()) if (suspicion.topic === topic) return true;
    return false;
  }

  /** True where messages of this topic wait until a suspect of it has been tried. */
  isHeld(topic: string): boolean {
    return this.#heldTopics.has(topic);
  }

  /** Why the connection was lost last by a message of this kind, where its kind is guilty. */
  causeOfGuilt(publication: Publication): Problem | undefined {
    const suspicion = this.#suspicions.get(kindOf(publication));
    return suspicion !== undefined && this.#isGuilty(suspicion) ? suspicion.cause : undefined;
  }

  #isGuilty({ losses }: Suspicion): boolean {
    const ofNetwork = Math.min(this.#unexplained.length - losses, mostOfNetwork);
    return losses >= lossesOfGuilty + Math.max(ofNetwork, 0);
  }

  /**
   * The guilty are refused. For a while, others of their kind are refused without a trial.
   *
   * @param refused in their order: the first of a kind is the one that was tried
   */
  ban(refused: readonly Publication[], now: number): void {
    const guilty = new Map([...this.#suspicions].filter(([, suspicion]) => this.#isGuilty(suspicion)));
    for (const publication of refused) {
      const kind = kindOf(publication);
      const cause = guilty.get(kind)?.cause;
      if (cause === undefined) continue;
      const before = this.#bans.get(kind);
      const length = before === undefined ? firstBan : Math.min(2 * before.length, longestBan);
      this.#bans.delete(kind);
      this.#bans.set(kind, { size: sizeOf(publication), until: now + length, length, cause });
      this.#suspicions.delete(kind);
    }
    for (const [kind, { losses }] of guilty) {
      this.#suspicions.delete(kind);
      this.#unexplained.splice(-losses);
    }
    for (const kind of this.#bans.keys()) if (this.#bans.size > mostKinds) this.#bans.delete(kind);
    this.#hold();
  }

  /** Why a message is refused without a trial. One that is smaller than the guilty, or comes later, is suspect. */
  causeOfBan(publication: Publication, now: number): Problem | undefined {
    const kind = kindOf(publication);
    const ban = this.#bans.get(kind);
    if (ban === undefined) return undefined;
    if (now < ban.until && sizeOf(publication) >= ban.size) return ban.cause;
    if (!this.#suspicions.has(kind)) {
      const { topic } = publication;
      this.#suspicions.set(kind, { topic, losses: lossesOfSuspect, pending: false, cause: ban.cause });
      this.#hold();
    }
    return undefined;
  }

  #hold(): void {
    const suspects = [...this.#suspicions.values()].filter(({ losses }) => losses >= lossesOfSuspect);
    this.#heldTopics = new Set(suspects.map(({ topic }) => topic));
  }
}

function kindOf({ topic, qos, retain }: Publication): string {
  return `${qos}${retain ? "r" : "-"}${topic}`;
}

/** Bytes of the payload. */
export function sizeOf({ payload }: Publication): number {
  return typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
}
