import type { NodeMessage } from "node-red";
import type { Delivery } from "../mqtt/router.ts";
import { Changes } from "../octoprint/changes.ts";
import type { DecodedMessage } from "../octoprint/decode.ts";
import { selects } from "../octoprint/events.ts";
import { kindTable } from "../octoprint/kinds.ts";
import type { Problem } from "../octoprint/problem.ts";
import type { Channel } from "../octoprint/scheme.ts";
import type { Reader, Reading } from "../octoprint-printer/reader.ts";
import { sentenceOf, type Translate } from "./sentence.ts";
import type { InSettings } from "./settings.ts";

export interface ReceiverParts {
  readonly reader: Reader;
  readonly translate: Translate;
  readonly clone: (message: unknown) => unknown;
  readonly send: (msg: NodeMessage, channel: Channel, decoded: DecodedMessage) => void;
  readonly report: (problem: Problem, msg: NodeMessage, channel: Channel) => void;
}

/** What an `octoprint-in` node does with each message: choose, decode, make a msg of it. */
export class Receiver {
  readonly #settings: InSettings;
  readonly #parts: ReceiverParts;
  readonly #printers: ReadonlySet<string>;
  readonly #selects: (name: string) => boolean;
  readonly #changes: Changes | undefined;

  constructor(settings: InSettings, parts: ReceiverParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#printers = new Set(settings.printers);
    this.#selects = selection(settings);
    this.#changes = settings.onlyChanges ? new Changes() : undefined;
  }

  receive(delivery: Delivery): void {
    const reading = this.#parts.reader.read(delivery);
    if (reading === undefined || !this.#wants(reading.channel, delivery.retain)) return;
    const { channel, decoded } = reading;
    if (!decoded.ok) {
      const msg = { ...this.#envelope(delivery, reading, reading.arrived), payload: delivery.payload };
      return this.#parts.report(decoded.problem, msg, channel);
    }
    // A retained event that is cleared tells of nothing that has happened.
    if ("ignored" in decoded) return;
    if (this.#changes?.isNew(channel, decoded.message, reading.arrived) === false) return;
    this.#parts.send(this.#msg(delivery, reading, decoded), channel, decoded);
  }

  /** The reasons to ignore a message: retained history, another kind, a printer or a name that is not selected. */
  #wants({ kind, name, printer }: Channel, stored: boolean): boolean {
    const { retained, kind: chosen } = this.#settings;
    if (stored && (retained === "none" || (retained === "state" && !kindTable[kind].state))) return false;
    if (chosen !== "all" && kind !== chosen) return false;
    if (printer !== undefined && this.#printers.size > 0 && !this.#printers.has(printer)) return false;
    return this.#selects(name);
  }

  #msg(delivery: Delivery, reading: Reading, decoded: DecodedMessage): NodeMessage {
    const { output } = this.#settings;
    const msg = this.#envelope(delivery, reading, decoded.timestamp ?? reading.arrived);
    const message = reading.take(decoded.message, this.#parts.clone);
    if (output === "message") return { ...msg, payload: message };
    const payload =
      output === "value"
        ? decoded.value === decoded.message
          ? message
          : decoded.value
        : sentenceOf(this.#parts.translate, reading.channel, decoded, reading.printer);
    return { ...msg, payload, message };
  }

  #envelope({ topic, retain, qos }: Delivery, { channel, printer }: Reading, timestamp: number): NodeMessage {
    const { kind, name } = channel;
    const { placeholder } = kindTable[kind];
    const msg = { topic, kind, printer, timestamp, retain, qos };
    return placeholder === undefined ? msg : { ...msg, [placeholder]: name };
  }
}

/** The MQTT filters of `other` select on the wire already. */
function selection({ kind, select }: InSettings): (name: string) => boolean {
  if (select.length === 0 || kind === "all" || kind === "connection" || kind === "other") return () => true;
  if (kind === "event") return selects(select);
  const names = new Set(select);
  return (name) => names.has(name);
}
