import type { Buffer } from "node:buffer";
import { Agent } from "node:https";
import { exchange, proxyHeaders, verifying } from "./exchange.ts";
import { fieldsOf } from "./json.ts";
import type { Answer, Bytes, Refusal, ServerSettings } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import { failure, type Problem } from "./problem.ts";
import { requestTiming } from "./timing.ts";

/** A picture, as the camera took it: how OctoPrint shows it is for the flow to do. */
export interface Picture {
  readonly ok: true;
  readonly jpeg: Buffer;
  readonly flipH: boolean;
  readonly flipV: boolean;
  readonly rotate90: boolean;
}

/** Milliseconds. */
export const cameraTiming = {
  limit: 8000,
  /** Between two pictures that come through OctoPrint. */
  pause: 10_000,
  /** After one that did not come. */
  afterFailure: 60_000,
  /** How long it is remembered how OctoPrint turns the picture. */
  orientation: 600_000,
};

/** Bytes. */
const largest = 10 * 1024 * 1024;
const octoPrintPath = "downloads/camera/current";

interface Orientation {
  readonly flipH: boolean;
  readonly flipV: boolean;
  readonly rotate90: boolean;
}

const upright: Orientation = { flipH: false, flipV: false, rotate90: false };

/**
 * The camera of one OctoPrint, one picture at a time. Through OctoPrint at most every 10 s, and not for a minute after a
 * failure: from 1.10 on all of OctoPrint waits for the camera, up to 5 s.
 */
export class Camera {
  readonly #api: OctoPrintApi;
  readonly #snapshotUrl: string;
  readonly #now: () => number;
  #taking = false;
  #takenAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #orientation: { readonly at: number; readonly value: Orientation } | undefined;

  /**
   * @param snapshotUrl the camera's own address, absolute or relative to OctoPrint's origin; `""`: through OctoPrint
   * @param now our clock, ms
   */
  constructor(api: OctoPrintApi, snapshotUrl: string, now: () => number = Date.now) {
    this.#api = api;
    this.#snapshotUrl = snapshotUrl.trim();
    this.#now = now;
  }

  async take(signal?: AbortSignal): Promise<Picture | Refusal> {
    if (this.#taking) return failure("snapshot-busy");
    const wait = this.#snapshotUrl === "" ? this.#mustWait() : undefined;
    if (wait !== undefined) return { ok: false, problem: wait };
    this.#taking = true;
    try {
      const answer = this.#snapshotUrl === "" ? await this.#throughOctoPrint(signal) : await this.#direct(signal);
      if (!answer.ok) return answer;
      const { bytes } = answer.body;
      if (!isJpeg(bytes)) return failure("snapshot-not-jpeg");
      return { ok: true, jpeg: bytes, ...(await this.#turned(signal)) };
    } finally {
      this.#taking = false;
    }
  }

  #mustWait(): Problem | undefined {
    const sinceFailure = this.#now() - this.#failedAt;
    if (sinceFailure < cameraTiming.afterFailure) {
      return failure("snapshot-failed-lately", { seconds: secondsLeft(cameraTiming.afterFailure - sinceFailure) })
        .problem;
    }
    const since = this.#now() - this.#takenAt;
    if (since >= cameraTiming.pause) return undefined;
    return failure("snapshot-too-soon", { seconds: secondsLeft(cameraTiming.pause - since) }).problem;
  }

  async #throughOctoPrint(signal: AbortSignal | undefined): Promise<Answer<Bytes>> {
    this.#takenAt = this.#now();
    const answer = await this.#api.bytes("GET", octoPrintPath, undefined, withSignal(signal));
    if (answer.ok && isJpeg(answer.body.bytes)) return answer;
    this.#failedAt = this.#now();
    if (answer.ok) return answer;
    const { status, reason = "" } = answer;
    // 404 and 500 mean that the camera is not set up, is away, or hangs.
    const camera = status === 404 || (status ?? 0) >= 500;
    return camera ? { ...answer, ...failure("snapshot-unavailable", { reason: reason || `${status}` }) } : answer;
  }

  /** The camera itself. It may be anywhere: the key and the proxy's password go to OctoPrint's origin alone. */
  async #direct(signal: AbortSignal | undefined): Promise<Answer<Bytes>> {
    const { settings } = this.#api;
    const url = cameraUrl(settings, this.#snapshotUrl);
    if (url === undefined) return failure("snapshot-url", { url: this.#snapshotUrl });
    const home = url.origin === settings.address.origin;
    const keyHeader: Record<string, string> = settings.apiKey === "" ? {} : { "X-Api-Key": settings.apiKey };
    const asked = home ? settings : stranger(settings, url);
    const answer = await exchange(asked, {
      url,
      method: "GET",
      headers: { Accept: "image/jpeg, */*", ...(home ? { ...proxyHeaders(settings), ...keyHeader } : {}) },
      limits: { connect: requestTiming.connect, total: cameraTiming.limit },
      largest,
      signal,
      agent: new Agent({ ...verifying(asked.tls), keepAlive: false }),
    });
    if (!answer.ok) return answer;
    const { status, headers, body } = answer;
    if (status !== 200) return { ...failure("snapshot-unavailable", { reason: `${status}` }), status };
    return { ok: true, status, body: { bytes: body, contentType: headers["content-type"] ?? "" } };
  }

  /** As OctoPrint's settings say, where the key may read them. */
  async #turned(signal: AbortSignal | undefined): Promise<Orientation> {
    const known = this.#orientation;
    if (known !== undefined && this.#now() - known.at < cameraTiming.orientation) return known.value;
    const answer = await this.#api.get("api/settings", withSignal(signal));
    const value = answer.ok ? orientationOf(answer.body) : upright;
    this.#orientation = { at: this.#now(), value };
    return value;
  }
}

function withSignal(signal: AbortSignal | undefined): { readonly limit: number; readonly signal?: AbortSignal } {
  return { limit: cameraTiming.limit, ...(signal && { signal }) };
}

/** @example cameraUrl({ address: { origin: "http://octopi.local", prefix: "/octoprint" }, … }, "/webcam/?action=snapshot") */
function cameraUrl({ address }: ServerSettings, text: string): URL | undefined {
  // Against the origin: the prefix may stand in it already.
  if (!URL.canParse(text, `${address.origin}/`)) return undefined;
  const url = new URL(text, `${address.origin}/`);
  const http = url.protocol === "http:" || url.protocol === "https:";
  return http && url.username === "" && url.password === "" ? url : undefined;
}

/** What is known of another server: how to name it. Our client certificate is for OctoPrint alone. */
function stranger({ tls }: ServerSettings, url: URL): ServerSettings {
  const { ca, rejectUnauthorized } = tls;
  return {
    address: { origin: url.origin, prefix: "" },
    apiKey: "",
    proxyUser: "",
    proxyPassword: "",
    tls: { ...(ca === undefined ? {} : { ca }), ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }) },
  };
}

function isJpeg(bytes: Buffer): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Since 1.9 OctoPrint has several cameras; these fields are still those of the default one. */
function orientationOf(settings: unknown): Orientation {
  const webcam = fieldsOf(fieldsOf(settings).webcam);
  return { flipH: webcam.flipH === true, flipV: webcam.flipV === true, rotate90: webcam.rotate90 === true };
}

function secondsLeft(ms: number): number {
  return Math.ceil(ms / 1000);
}
