import type { NodeMessage } from "node-red";
import { isReserved, isTopic } from "../mqtt/filter.ts";
import type { Publication } from "../mqtt/message.ts";
import { failure as mqttFailure } from "../mqtt/problem.ts";
import type { AnyProblem } from "../node-red/any-problem.ts";
import { Changes } from "../octoprint/messages/changes.ts";
import { nameOfType } from "../octoprint/messages/decode.ts";
import { type Encoded, encode } from "../octoprint/messages/encode.ts";
import { failure } from "../octoprint/problem.ts";
import { isKind, type Kind, kindTable } from "../octoprint/topics/kinds.ts";
import type { Channel, Scheme } from "../octoprint/topics/scheme.ts";
import type { OutSettings } from "./settings.ts";

/** The values of the typed settings for a msg; `undefined`: they are empty. */
export interface Names {
  readonly printer: unknown;
  readonly target: unknown;
}

/** What is to be published, that nothing has changed, or why it cannot be published. */
export type Prepared =
  | {
      readonly ok: true;
      readonly channel: Channel;
      readonly message: unknown;
      readonly publication: Omit<Publication, "done" | "owner"> & { readonly at: number };
    }
  | { readonly ok: true; readonly unchanged: true }
  | { readonly ok: false; readonly problem: AnyProblem };

type Failure = { readonly ok: false; readonly problem: AnyProblem };

/** Turns a msg into what is to be published, or into the reason why not. */
export class Publisher {
  readonly #settings: OutSettings;
  readonly #scheme: Scheme;
  readonly #changes: Changes | undefined;

  constructor(settings: OutSettings, scheme: Scheme) {
    this.#settings = settings;
    this.#scheme = scheme;
    this.#changes = settings.onlyChanges ? new Changes() : undefined;
  }

  /** @param arrived when the msg came, ms since the epoch: it may have to wait before it is published */
  prepare(msg: NodeMessage, names: Names, arrived: number): Prepared {
    const kind = this.#settings.kind === "msg" ? msg.kind : this.#settings.kind;
    if (!isKind(kind))
      return kind === undefined ? failure("kind-missing") : failure("kind-unknown", { kind: shownAs(kind) });
    const target = this.#target(kind, msg, names);
    if (!target.ok) return target;
    const { channel, topic } = target;
    if (isReserved(topic)) return mqttFailure("topic-reserved", { topic });
    const encoded = this.#encode(channel, msg, arrived);
    if (!encoded.ok) return encoded;
    const flags = flagsOf(this.#settings, msg, encoded);
    if (!flags.ok) return flags;
    if (this.#isOld(channel, encoded, arrived)) return { ok: true, unchanged: true };
    // A command that is not retained must not be carried out hours later.
    const queue = this.#settings.offline === "queue" && (kind !== "other" || flags.retain);
    const { qos, retain } = flags;
    const { message, payload } = encoded;
    return { ok: true, channel, message, publication: { topic, payload, qos, retain, queue, at: arrived } };
  }

  /** What was prepared was not published. */
  forget(channel: Channel): void {
    this.#changes?.forget(channel);
  }

  #target(kind: Kind, msg: NodeMessage, names: Names): { ok: true; channel: Channel; topic: string } | Failure {
    const { placeholder } = kindTable[kind];
    const fromMsg = placeholder === undefined ? "" : msg[placeholder];
    const name = names.target === undefined ? fromMsg : names.target;
    if (kind === "other" && name === undefined) return wholeTopic(msg);
    if (placeholder !== undefined && typeof name !== "string") return failure("name-missing", { placeholder });
    const printer = this.#scheme.farm ? (names.printer === undefined ? msg.printer : names.printer) : undefined;
    if (this.#scheme.farm && typeof printer !== "string") return failure("name-missing", { placeholder: "printer" });
    const channel = { kind, name: textOf(name), printer: this.#scheme.farm ? textOf(printer) : undefined };
    const filled = this.#scheme.fill(channel);
    return filled.ok ? { ok: true, channel, topic: filled.topic } : filled;
  }

  #encode({ kind, name }: Channel, msg: NodeMessage, arrived: number): Encoded | Failure {
    const { timestamp } = msg;
    const stamped = this.#settings.timestamp && kindTable[kind].stamped;
    return encode({
      kind,
      name,
      payload: msg.payload,
      texts: msg,
      timestamp: stamped ? (isFiniteNumber(timestamp) ? timestamp : arrived) : undefined,
      timestampField: this.#scheme.settings.timestampField,
    });
  }

  /** Leaves out repeats, as the plugin does: progress and temperature. */
  #isOld(channel: Channel, { message }: Encoded, now: number): boolean {
    if (channel.kind !== "progress" && channel.kind !== "temperature") return false;
    return this.#changes?.isNew(channel, message, now) === false;
  }
}

function wholeTopic({ topic }: NodeMessage): { ok: true; channel: Channel; topic: string } | Failure {
  if (typeof topic !== "string" || topic === "") return failure("topic-missing");
  if (!isTopic(topic)) return mqttFailure("topic-invalid", { topic });
  return { ok: true, channel: { kind: "other", name: topic, printer: undefined }, topic };
}

function flagsOf(
  settings: OutSettings,
  msg: NodeMessage,
  scheme: Encoded,
): { readonly ok: true; readonly qos: 0 | 1 | 2; readonly retain: boolean } | Failure {
  const qos = settings.qos === "msg" ? msg.qos : settings.qos === "" ? undefined : Number(settings.qos);
  const retain =
    settings.retain === "msg" ? msg.retain : settings.retain === "" ? undefined : settings.retain === "true";
  if (qos !== undefined && qos !== 0 && qos !== 1 && qos !== 2) return failure("qos-invalid", { found: shownAs(qos) });
  if (retain !== undefined && typeof retain !== "boolean") return failure("retain-invalid", { found: shownAs(retain) });
  return { ok: true, qos: qos ?? scheme.qos, retain: retain ?? scheme.retain };
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** For an error's text: this must never throw, whatever the flow sends. */
function shownAs(value: unknown): string {
  return typeof value === "object" ? nameOfType(value) : String(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
