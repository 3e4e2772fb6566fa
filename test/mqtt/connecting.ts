import { randomBytes } from "node:crypto";
import type { ConnectionSettings } from "../../nodes/mqtt/client-options.ts";
import { Connection } from "../../nodes/mqtt/connection.ts";
import type { ConnectionState, Delivery, Publication, Subscriber } from "../../nodes/mqtt/message.ts";
import type { Problem } from "../../nodes/mqtt/problem.ts";
import { parseServer } from "../../nodes/mqtt/server.ts";
import type { timing } from "../../nodes/mqtt/timing.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { Mailbox, within } from "../support/mailbox.ts";
import type { Mosquitto } from "../support/mosquitto.ts";

export const versions = ["MQTTv311", "MQTTv5"] as const;

/** Short ones: what a test waits for is an event, and it should come soon. */
const shortTimes = { retry: 10, longestRetry: 50, idle: 20, shrink: 20, flush: 500, farewell: 300 };

export type Settings = Partial<Omit<ConnectionSettings, "server">>;

export interface Opened {
  readonly connection: Connection;
  readonly clientId: string;
  /** Each change of the state. */
  readonly states: Mailbox<ConnectionState>;
  /** Waits for a state of this phase that has not been waited for yet. */
  phase(phase: ConnectionState["phase"]): Promise<ConnectionState>;
  /** The next reason for having no connection. */
  problem(): Promise<Problem>;
}

export function createConnection(
  scope: Scope,
  url: string,
  settings: Settings = {},
  times: Partial<typeof timing> = {},
  connect?: ConstructorParameters<typeof Connection>[2],
): Opened {
  const parsed = parseServer({ url, port: undefined, useTls: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problem));
  const clientId = settings.clientId ?? `test_${randomBytes(6).toString("hex")}`;
  const connection = new Connection(
    {
      server: parsed.server,
      keepalive: 60,
      protocol: "MQTTv311",
      cleanSession: true,
      tls: {},
      statusTopic: "",
      queueLimit: 1000,
      ...settings,
      clientId,
    },
    { ...shortTimes, ...times },
    connect,
  );
  const states = new Mailbox<ConnectionState>("a state of the connection");
  connection.observe((state) => states.push(state));
  cleanup(scope, async () => void (await within(connection.close(), () => "the connection's close")));
  const phase: Opened["phase"] = (wanted) => states.next((state) => state.phase === wanted);
  return {
    connection,
    clientId,
    states,
    phase,
    async problem() {
      const { problem } = await states.next((state) => state.problem !== undefined);
      if (problem === undefined) throw new Error("there is none");
      return problem;
    },
  };
}

/** A connection with a user, once it is connected. */
export async function connected(
  scope: Scope,
  url: string,
  settings: Settings = {},
  times: Partial<typeof timing> = {},
): Promise<Opened & { readonly unwatch: () => void }> {
  const opened = createConnection(scope, url, settings, times);
  const unwatch = opened.connection.watch(() => undefined);
  await opened.phase("connected");
  return { ...opened, unwatch };
}

export interface Received {
  readonly messages: Mailbox<{ topic: string; text: string; qos: number; retain: boolean }>;
  readonly refusals: Mailbox<Problem>;
  readonly leave: () => void;
}

/** Joins with a subscriber that collects. */
export function join(opened: Opened, filters: string | string[], onDelivery?: (d: Delivery) => void): Received {
  return collect(opened, filters, "", onDelivery);
}

/** The same in a group. */
export function share(opened: Opened, group: string, filters: string | string[]): Received {
  return collect(opened, filters, group);
}

function collect(
  { connection }: Opened,
  filters: string | string[],
  group: string,
  onDelivery?: (d: Delivery) => void,
): Received {
  const messages: Received["messages"] = new Mailbox(`a message on ${[filters].flat().join(", ")}`);
  const refusals = new Mailbox<Problem>(`the refusal of ${[filters].flat().join(", ")}`);
  const subscriber: Subscriber = {
    deliver: (delivery) => {
      const { topic, payload, qos, retain } = delivery;
      messages.push({ topic, text: payload.toString(), qos, retain });
      onDelivery?.(delivery);
    },
    refused: (problem) => refusals.push(problem),
  };
  const joined = connection.subscribe([filters].flat(), subscriber, group);
  if (!joined.ok) throw new Error(JSON.stringify(joined.problem));
  return { messages, refusals, leave: joined.leave };
}

export interface Result {
  readonly name: string;
  readonly problem: Problem | undefined;
}

/** Publishes, and collects the calls of `done`. */
export class Sender {
  readonly results = new Mailbox<Result>("done()");
  readonly #connection: Connection;

  constructor({ connection }: Opened) {
    this.#connection = connection;
  }

  publish(topic: string, payload: string | Buffer, options: Partial<Publication> = {}): void {
    const name = typeof payload === "string" ? payload : `${payload.length} bytes`;
    const done = (problem?: Problem): void => this.results.push({ name, problem });
    this.#connection.publish({ topic, payload, qos: 0, retain: false, queue: true, done, ...options });
  }
}

/** The SUBSCRIBEs and UNSUBSCRIBEs of a client that the broker has carried out, a filter each. */
export function onTheWire({ log }: Mosquitto, { clientId }: Opened): string[] {
  return log.items.flatMap((line) => {
    const [, text] = line.split(`: ${clientId} `);
    if (text === undefined) return [];
    return text.startsWith("2 ") ? [`+ ${text.slice(2)}`] : [`- ${text}`];
  });
}

export function texts({ messages }: Received): string[] {
  return messages.items.map(({ topic, text, retain }) => `${topic} ${text}${retain ? " (stored)" : ""}`);
}

export function suback({ clientId }: Opened): (line: string) => boolean {
  return (line) => line.endsWith(`Sending SUBACK to ${clientId}`);
}
