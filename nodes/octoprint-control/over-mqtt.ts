import type { Delivery } from "../mqtt/message.ts";
import type { AnyProblem } from "../node-red/any-problem.ts";
import type { CommandRow, ControlMessage, Plan } from "../octoprint/commands/command-row.ts";
import { commands } from "../octoprint/commands/commands-table.ts";
import { cameraTopic, isJpeg, poweredTopic } from "../octoprint/commands/look-commands.ts";
import type { Observed } from "../octoprint/commands/observed.ts";
import { observedOfSnapshot } from "../octoprint/commands/observed-of-snapshot.ts";
import { isRecord } from "../octoprint/messages/json.ts";
import type { Scheme } from "../octoprint/topics/scheme.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { PrinterNode } from "../octoprint-printer/printer-node.ts";
import type { CommandAnswer, CommandWay, Limits, Sent, SnapshotAnswer } from "./command-way.ts";
import { nextChange } from "./next-change.ts";
import type { RequestedCommand } from "./requested-command.ts";

/** What the way over a broker needs. */
export interface MqttWayParts {
  readonly node: Pick<PrinterNode, "messages" | "tracking" | "listen">;
  readonly scheme: Scheme;
  /** The name by which a msg speaks of the printer. */
  readonly printer: string;
  readonly limits: Limits;
  /** OctoPrint has the HomeAssistant plugin; without it a printer can still be asked how it is. */
  readonly commandable: boolean;
  readonly answerOf: SnapshotAnswer;
}

/** Commands by the topics of the HomeAssistant plugin. It answers nothing: what the printer publishes tells. */
export class MqttWay implements CommandWay {
  readonly #parts: MqttWayParts;
  #powered: boolean | undefined;

  constructor(parts: MqttWayParts) {
    this.#parts = parts;
  }

  async send(requested: RequestedCommand, signal: AbortSignal): Promise<Sent> {
    const { command, parameters } = requested;
    const row: CommandRow = commands[command];
    if (command === "state" || command === "job") {
      return { ok: true, answer: this.#answer(command), before: this.#now(), targets: {} };
    }
    if (row.mqtt === undefined) return { ok: false, problem: { code: "command-not-over-mqtt", command } };
    if (!this.#parts.commandable) return { ok: false, problem: { code: "command-no-way" } };
    if (this.#snapshot()?.availability === "octoprint-offline")
      return { ok: false, problem: { code: "octoprint-away" } };
    const before = this.#now();
    const plan: Plan<ControlMessage> = row.mqtt.plan(parameters, { limits: this.#parts.limits, now: before });
    if (!plan.ok || "waitFor" in plan) return plan;
    const picture = command === "snapshot" ? this.#nextPicture(signal) : undefined;
    for (const message of plan.requests) {
      const problem = await this.#publish(message);
      if (problem !== undefined) {
        picture?.stop();
        return { ok: false, problem };
      }
    }
    const { targets = {} } = plan;
    if (picture === undefined) return { ok: true, answer: undefined, before, targets };
    // It may take a while, and must not hold up what comes next.
    return { ok: true, answer: picture.answer, before, targets };
  }

  async observe({ command }: RequestedCommand): Promise<{ readonly ok: true; readonly now: Observed }> {
    return { ok: true, now: this.#now(command === "power") };
  }

  listenFor({ command }: RequestedCommand): () => void {
    if (command !== "power") return () => undefined;
    this.#powered = undefined;
    return this.#listen(poweredTopic, ({ payload }) => {
      const text = payload.toString("utf8");
      this.#powered = text === "True" ? true : text === "False" ? false : undefined;
    });
  }

  changed(signal: AbortSignal): Promise<void> {
    const { node, printer } = this.#parts;
    return nextChange({ tracking: node.tracking, printer }, signal, ({ changed }) => changed.length > 0);
  }

  #snapshot(): PrinterSnapshot | undefined {
    return this.#parts.node.tracking?.snapshot(this.#parts.printer);
  }

  #now(withPower = false): Observed {
    return observedOfSnapshot(this.#snapshot(), withPower ? this.#powered : undefined);
  }

  #answer(command: "state" | "job"): CommandAnswer {
    const { printer, answerOf } = this.#parts;
    const payload = answerOf(this.#snapshot() ?? unheard(printer));
    return { payload: command === "state" ? payload : isRecord(payload) ? (payload.job ?? null) : null };
  }

  #topic(name: string): ReturnType<Scheme["fill"]> {
    const { scheme, printer } = this.#parts;
    return scheme.fill({ kind: "other", name, printer: scheme.farm ? printer : undefined });
  }

  #publish({ control, payload }: ControlMessage): Promise<AnyProblem | undefined> {
    const filled = this.#topic(`hassControl/${control}`);
    if (!filled.ok) return Promise.resolve(filled.problem);
    const { topic } = filled;
    // Never retained: it would be carried out again at each restart of the broker. Never kept for later.
    return new Promise((resolve) =>
      this.#parts.node.messages.publish({ topic, payload, qos: 1, retain: false, queue: false, done: resolve }),
    );
  }

  #listen(name: string, deliver: (delivery: Delivery) => void): () => void {
    const filled = this.#topic(name);
    if (!filled.ok) return () => undefined;
    return this.#parts.node.listen([filled.topic], { deliver, refused: () => undefined }, () => undefined);
  }

  /** The next picture that is published; `undefined`: given up before. */
  #nextPicture(signal: AbortSignal): {
    readonly answer: Promise<CommandAnswer | undefined>;
    readonly stop: () => void;
  } {
    let stop: () => void = () => undefined;
    const answer = new Promise<CommandAnswer | undefined>((resolve) => {
      const unsubscribe = this.#listen(cameraTopic, ({ payload, retain }) => {
        if (retain || !isJpeg(payload)) return;
        stop();
        resolve({ payload: Buffer.from(payload), properties: { contentType: "image/jpeg" } });
      });
      const abort = (): void => {
        stop();
        resolve(undefined);
      };
      signal.addEventListener("abort", abort, { once: true });
      stop = () => {
        signal.removeEventListener("abort", abort);
        unsubscribe();
      };
    });
    return { answer, stop: () => stop() };
  }
}

function unheard(printer: string): PrinterSnapshot {
  return {
    printer,
    availability: "unknown",
    state: { id: null, text: null },
    job: null,
    temperatures: {},
    z: null,
    lastEvent: null,
    lastSeen: null,
  };
}
