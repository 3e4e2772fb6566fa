import type { ConnectionOptions as TlsOptions } from "node:tls";
import { parseAddress } from "../../nodes/server/address.ts";
import type { ConnectionState, Frame, PushSettings, ServerSettings } from "../../nodes/server/message.ts";
import { OctoPrintApi } from "../../nodes/server/octoprint-api.ts";
import { PushConnection } from "../../nodes/server/push-connection.ts";
import type { pushTiming, requestTiming } from "../../nodes/server/timing.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { Mailbox } from "../support/mailbox.ts";
import { goodKey } from "../support/octoprint-stand-in.ts";

export interface ApiOptions extends Partial<Omit<ServerSettings, "address" | "tls">> {
  readonly tls?: TlsOptions;
}

export function settingsOf(url: string, options: ApiOptions = {}): ServerSettings {
  const parsed = parseAddress(url);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problem));
  return { address: parsed.address, apiKey: goodKey, proxyUser: "", proxyPassword: "", tls: {}, ...options };
}

export function createApi(
  url: string,
  options: ApiOptions = {},
  times: Partial<typeof requestTiming> = {},
): OctoPrintApi {
  return new OctoPrintApi(settingsOf(url, options), times);
}

/** Short ones: what a test waits for is an event, and it should come soon. */
const shortTimes: Partial<typeof pushTiming> = {
  retry: [10, 20, 50],
  starting: 20,
  locked: [20],
  idle: 20,
  farewell: 50,
  poll: 10,
  pollIdle: 10,
};

export interface Pushed {
  readonly connection: PushConnection;
  readonly states: Mailbox<ConnectionState>;
  readonly frames: Mailbox<Frame>;
  /** Waits for a state of this phase that has not been waited for yet. */
  phase(phase: ConnectionState["phase"]): Promise<ConnectionState>;
  /** The code of the next problem. */
  problem(): Promise<string>;
  leave(): void;
}

export interface PushOptions extends ApiOptions {
  readonly times?: Partial<typeof pushTiming & typeof requestTiming>;
  readonly push?: Partial<PushSettings>;
  readonly firstDelay?: () => number;
}

/** A push connection with a user; it is closed at the end of the scope. */
export function openPush(scope: Scope, url: string, given: PushOptions = {}): Pushed {
  const { times = {}, push = {}, firstDelay, ...options } = given;
  const settings = { throttle: 1, logs: false, plugins: false, ...push } as const;
  const api = createApi(url, options, times);
  const connection = new PushConnection(api, settings, { ...shortTimes, ...times }, firstDelay);
  const states = new Mailbox<ConnectionState>("a state of the push connection");
  const frames = new Mailbox<Frame>("a frame");
  const leave = connection.receive({ state: (state) => states.push(state), frame: (frame) => frames.push(frame) });
  cleanup(scope, () => connection.close());
  return {
    connection,
    states,
    frames,
    leave,
    phase: (wanted) => states.next(({ phase }) => phase === wanted),
    async problem() {
      const { problem } = await states.next((state) => state.problem !== undefined);
      return problem?.code ?? "";
    },
  };
}

/** What kinds of frames came: `history`, `current`, `event:PrintDone`, … */
export function kindsOf({ frames }: Pushed): string[] {
  return frames.items.map(kindOf);
}

export function kindOf(frame: Frame): string {
  const [kind = ""] = Object.keys(frame);
  const { event } = frame;
  const type = typeof event === "object" && event !== null && "type" in event ? `:${event.type}` : "";
  return kind + type;
}
