import type { Node, NodeMessage } from "node-red";
import type { Delivery, Subscriber } from "../mqtt/message.ts";
import type { Problem as MqttProblem } from "../mqtt/problem.ts";
import { bugText } from "../node-red/report.ts";
import type { StatusLine } from "../node-red/status-line.ts";
import type { Translate } from "../node-red/translate.ts";
import { selects } from "../octoprint/events/events.ts";
import { Changes } from "../octoprint/messages/changes.ts";
import type { DecodedMessage } from "../octoprint/messages/decode.ts";
import type { Problem } from "../octoprint/problem.ts";
import { type Kind, kindTable } from "../octoprint/topics/kinds.ts";
import type { Channel } from "../octoprint/topics/scheme.ts";
import type { Reader, Reading } from "../octoprint-printer/reader.ts";
import { sentenceOf } from "./message-text.ts";
import type { InSettings, Receivable } from "./settings.ts";

/** What a receiver needs of the node. */
export interface ReceiverParts {
  readonly node: Pick<Node, "send" | "error">;
  readonly status: Pick<StatusLine, "message">;
  readonly reader: Reader;
  readonly translate: Translate;
  readonly clone: (message: unknown) => unknown;
  readonly report: (problem: Problem, msg: NodeMessage, channel: Channel) => void;
  readonly refused: (problem: MqttProblem) => void;
}

/** What an `octoprint-in` node does with each message: choose, decode, make a msg of it, send it. */
export class Receiver implements Subscriber {
  // Copied, for with a thousand nodes each object that is looked into is one that the processor does not have at hand.
  readonly #output: InSettings["output"];
  readonly #retained: InSettings["retained"];
  readonly #parts: ReceiverParts;
  readonly #node: ReceiverParts["node"];
  readonly #status: ReceiverParts["status"];
  readonly #reader: Reader;
  /** `undefined`, here and in the next two: all of them. */
  readonly #kind: Receivable | undefined;
  readonly #printers: ReadonlySet<string> | undefined;
  readonly #selects: ((name: string) => boolean) | undefined;
  readonly #changes: Changes | undefined;

  constructor(settings: InSettings, parts: ReceiverParts) {
    this.#output = settings.output;
    this.#retained = settings.retained;
    this.#parts = parts;
    this.#node = parts.node;
    this.#status = parts.status;
    this.#reader = parts.reader;
    this.#kind = settings.kind === "all" ? undefined : settings.kind;
    this.#printers = settings.printers.length === 0 ? undefined : new Set(settings.printers);
    this.#selects = selection(settings);
    this.#changes = settings.onlyChanges ? new Changes() : undefined;
  }

  deliver(delivery: Delivery): void {
    // As `guarded` does, without a closure for each message.
    try {
      this.#receive(delivery);
    } catch (error) {
      this.#node.error(bugText(error));
    }
  }

  refused(problem: MqttProblem): void {
    this.#parts.refused(problem);
  }

  #receive(delivery: Delivery): void {
    const reading = this.#reader.read(delivery);
    // The filter `octoprint/#` also receives the base topic itself, `octoprint` and `octoprint/`, which means nothing.
    if (reading === undefined || !this.#wants(reading.channel, delivery.retain)) return;
    const { channel, decoded } = reading;
    if (!decoded.ok) {
      const msg = msgOf(delivery, reading, reading.arrived, Buffer.from(delivery.payload));
      return this.#parts.report(decoded.problem, msg, channel);
    }
    // A cleared retained event is not an event.
    if ("ignored" in decoded) return;
    if (this.#changes?.isNew(channel, decoded.message, reading.arrived) === false) return;
    this.#node.send(this.#msg(delivery, reading, decoded));
    this.#status.message(channel, decoded.value);
  }

  /** The reasons to ignore a message: retained history, another kind, a printer or a name that is not selected. */
  #wants({ kind, name, printer }: Channel, stored: boolean): boolean {
    if (stored && !this.#wantsStored(kind)) return false;
    if (this.#kind !== undefined && kind !== this.#kind) return false;
    if (this.#printers !== undefined && printer !== undefined && !this.#printers.has(printer)) return false;
    return this.#selects === undefined || this.#selects(name);
  }

  #wantsStored(kind: Kind): boolean {
    return this.#retained === "all" || (this.#retained === "state" && kindTable[kind].state);
  }

  #msg(delivery: Delivery, reading: Reading, decoded: DecodedMessage): NodeMessage {
    const output = this.#output;
    const timestamp = decoded.timestamp ?? reading.arrived;
    const message = reading.take(decoded.message, this.#parts.clone);
    if (output === "message") return msgOf(delivery, reading, timestamp, message);
    const payload =
      output === "value"
        ? decoded.value === decoded.message
          ? message
          : decoded.value
        : sentenceOf(this.#parts.translate, reading.channel, decoded, reading.printer);
    const msg = msgOf(delivery, reading, timestamp, payload);
    msg.message = message;
    return msg;
  }
}

/** Made in one piece: a copy for each added property would be half the cost of a message. */
function msgOf(
  { topic, retain, qos }: Delivery,
  { channel, printer }: Reading,
  timestamp: number,
  payload: unknown,
): NodeMessage {
  const { kind, name } = channel;
  const { placeholder } = kindTable[kind];
  const msg: NodeMessage = { topic, payload, kind, printer, timestamp, retain, qos };
  if (placeholder !== undefined) msg[placeholder] = name;
  return msg;
}

/** The MQTT filters of `other` select on the wire already. */
function selection({ kind, select }: InSettings): ((name: string) => boolean) | undefined {
  if (select.length === 0 || kind === "all" || kind === "connection" || kind === "other") return undefined;
  if (kind === "event") return selects(select);
  const names = new Set(select);
  return (name) => names.has(name);
}
