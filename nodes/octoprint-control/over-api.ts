import { Buffer } from "node:buffer";
import { apiFacts, type Read } from "../octoprint/commands/api-facts.ts";
import type { ApiRequest, CommandRow, FactName, Facts, Plan } from "../octoprint/commands/command-row.ts";
import { commands } from "../octoprint/commands/commands-table.ts";
import { nothingObserved, type Observed } from "../octoprint/commands/observed.ts";
import { conflictBecause, permissionMissing, refusedBecause } from "../octoprint/commands/refusals.ts";
import { snapshotOfObserved } from "../octoprint/commands/snapshot-of-observed.ts";
import { isRecord } from "../octoprint/messages/json.ts";
import type { PrinterTracking } from "../octoprint-printer/tracking.ts";
import type { Camera, Picture } from "../server/camera.ts";
import { readUser } from "../server/current-user.ts";
import type { Answer, RequestOptions } from "../server/message.ts";
import type { OctoPrintApi } from "../server/octoprint-api.ts";

import type { CommandAnswer, CommandWay, Failed, Limits, Sent, SnapshotAnswer } from "./command-way.ts";
import { nextChange } from "./next-change.ts";
import type { RequestedCommand } from "./requested-command.ts";
import { commandTiming } from "./timing.ts";

/** What the way by the API needs. */
export interface ApiWayParts {
  readonly api: OctoPrintApi;
  readonly camera: Camera;
  readonly limits: Limits;
  /** The name by which a msg speaks of the printer. */
  readonly printer: string;
  /** Says at once when something is new; without it OctoPrint is asked every second. */
  readonly tracking: PrinterTracking | undefined;
  readonly answerOf: SnapshotAnswer;
}

/** Commands by OctoPrint's own API. It is asked at once: no push socket needs to be open. */
export class ApiWay implements CommandWay {
  readonly #parts: ApiWayParts;

  constructor(parts: ApiWayParts) {
    this.#parts = parts;
  }

  async send(requested: RequestedCommand, signal: AbortSignal): Promise<Sent> {
    const row: CommandRow = commands[requested.command];
    const read = await this.#read(requested, row.api?.reads ?? [], signal);
    if (!read.ok) return read;
    const { facts } = read;
    const plan: Plan<ApiRequest> | undefined = row.api?.plan(requested.parameters, facts);
    if (plan === undefined) return { ok: false, problem: { code: "command-unknown", command: requested.command } };
    if (!plan.ok || "waitFor" in plan) return plan;
    const { targets = {} } = plan;
    if (requested.command === "snapshot") {
      const picture = await this.#parts.camera.take(signal);
      if (!picture.ok) return picture.status === 403 ? this.#forbidden(row, picture) : picture;
      return { ok: true, answer: answerOfPicture(picture), before: facts.now, targets };
    }
    let answer: CommandAnswer | undefined = this.#answerOfFacts(requested, facts);
    for (const request of plan.requests) {
      const replied = await this.#perform(requested, row, request, signal);
      if (!replied.ok) return replied;
      const given = row.answer?.(replied.body, requested.parameters);
      if (given?.ok === false) return given;
      if (given !== undefined) answer = { payload: given.payload };
    }
    return { ok: true, answer, before: facts.now, targets };
  }

  async observe(
    requested: RequestedCommand,
    reads: readonly FactName[],
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly now: Observed } | Failed> {
    const read = await this.#read(requested, reads, signal);
    return read.ok ? { ok: true, now: read.facts.now } : read;
  }

  changed(signal: AbortSignal): Promise<void> {
    return nextChange(this.#parts, signal, ({ changed }) => changed.includes("state"));
  }

  async #read(
    requested: RequestedCommand,
    names: readonly FactName[],
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly facts: Facts } | Failed> {
    const { limits } = this.#parts;
    let facts: Facts = { limits, now: nothingObserved, content: requested.content };
    for (const name of names) {
      const { request, read, without } = apiFacts[name];
      const wanted = request(requested.parameters, facts);
      if (wanted === undefined) continue;
      const answer = await this.#parts.api.get(wanted.path, { signal });
      if (answer.ok) {
        facts = merged(facts, read(answer.body));
        continue;
      }
      if (without?.includes(answer.status ?? 0) === true) continue;
      if (answer.status === 403) return this.#forbidden(commands[requested.command], answer);
      return answer;
    }
    return { ok: true, facts };
  }

  #answerOfFacts({ command }: RequestedCommand, { now }: Facts): CommandAnswer | undefined {
    if (command !== "state" && command !== "job") return undefined;
    const { printer, answerOf } = this.#parts;
    const payload = answerOf(snapshotOfObserved(now, printer, Date.now()));
    return { payload: command === "state" ? payload : isRecord(payload) ? (payload.job ?? null) : null };
  }

  async #perform(
    requested: RequestedCommand,
    row: CommandRow,
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<Exclude<Answer, { ok: false }> | Failed> {
    let answer = await this.#request(
      requested,
      request,
      row.urgent === true ? { limit: commandTiming.stop } : { signal },
    );
    // The one command that may be said twice: it stops what it has stopped.
    if (row.urgent === true && !answer.ok && answer.status === undefined) {
      answer = await this.#request(requested, request, { limit: commandTiming.stop });
    }
    return answer.ok ? answer : this.#refused(requested, row, answer, signal);
  }

  async #request({ command }: RequestedCommand, request: ApiRequest, options: RequestOptions): Promise<Answer> {
    const { api } = this.#parts;
    const { method, path, body, upload } = request;
    if (upload !== undefined) {
      const { filename, content, fields } = upload;
      return api.upload(path, { name: filename, content: Buffer.from(content) }, fields, options);
    }
    const json = isObject(body) ? body : undefined;
    return command === "request" ? this.#anything(request, json, options) : api.request(method, path, json, options);
  }

  /** Any other path may answer with anything: JSON parsed, else text or bytes. */
  async #anything({ method, path }: ApiRequest, body: object | undefined, options: RequestOptions): Promise<Answer> {
    const answer = await this.#parts.api.bytes(method, path, body, options);
    if (!answer.ok) return answer;
    const { bytes, contentType } = answer.body;
    if (bytes.length === 0) return { ...answer, body: null };
    if (/json/.test(contentType)) {
      try {
        return { ...answer, body: JSON.parse(bytes.toString("utf8")) };
      } catch {
        // It only says so: the text will do.
      }
    }
    return { ...answer, body: /^text\/|json|xml/.test(contentType) ? bytes.toString("utf8") : bytes };
  }

  async #refused(
    requested: RequestedCommand,
    row: CommandRow,
    refusal: Exclude<Answer, { ok: true }>,
    signal: AbortSignal,
  ): Promise<Failed> {
    const because = refusedBecause(row, requested.parameters, refusal.status, refusal.reason ?? "");
    if (because === undefined) return refusal;
    if ("problem" in because) return { ok: false, problem: because.problem };
    if (because.ask === "permissions") return this.#forbidden(row, refusal);
    const read = await this.#read(requested, ["job"], signal);
    const problem = read.ok ? conflictBecause(row, requested.parameters, read.facts.now) : undefined;
    return problem === undefined ? refusal : { ok: false, problem };
  }

  /** The permission by its name; a key that OctoPrint does not accept stays what it is. */
  async #forbidden(row: CommandRow, refusal: Exclude<Answer, { ok: true }>): Promise<Failed> {
    if (refusal.problem.code !== "forbidden" || row.permissions.length === 0) return refusal;
    const user = await readUser(this.#parts.api);
    if (!user.ok || user.body.name === null) return refusal;
    const { name, permissions } = user.body;
    return { ok: false, problem: permissionMissing(row, permissions ?? undefined, name) };
  }
}

function answerOfPicture({ jpeg, flipH, flipV, rotate90 }: Picture): CommandAnswer {
  return { payload: jpeg, properties: { contentType: "image/jpeg", flipH, flipV, rotate90 } };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function merged(facts: Facts, { now, ...others }: Read): Facts {
  return { ...facts, ...others, now: { ...facts.now, ...now } };
}
