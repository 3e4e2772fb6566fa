import { randomUUID } from "node:crypto";
import { connectAsync, type IClientOptions, type IClientPublishOptions, type MqttClient } from "mqtt";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";

/** A PUBLISH as it came over the wire. */
export interface WireMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** The payload as text. */
  readonly text: string;
  readonly qos: 0 | 1 | 2;
  /** Over MQTT 5 the flag as it was published; over 3.1.1 whether the broker had it stored. */
  readonly retain: boolean;
  readonly dup: boolean;
}

export interface Observer {
  readonly messages: readonly WireMessage[];
  /** The next message, or the next that is `wanted`; it may have come already. */
  next(wanted?: (message: WireMessage) => boolean): Promise<WireMessage>;
  take(count: number): Promise<WireMessage[]>;
  /** Waits until all has arrived that the broker had taken before: what is not in `messages` then, was not sent. */
  fence(): Promise<void>;
  end(): Promise<void>;
}

/** Listens to what a broker carries, with the default MQTT 5 and retain-as-published: with the flags as published. */
export async function observe(
  scope: Scope,
  url: string,
  filters: string | string[],
  options: IClientOptions = {},
): Promise<Observer> {
  const protocolVersion = options.protocolVersion ?? 5;
  const client = await connect(scope, url, { ...options, protocolVersion });
  const fences = `fence/${randomUUID()}`;
  const mailbox = new Mailbox<WireMessage>(`a message on ${[filters].flat().join(", ")}`);
  const passed = new Mailbox<string>("the broker's own order");
  client.on("message", (topic, payload, { qos, retain, dup }) => {
    if (topic === fences) passed.push(payload.toString());
    else mailbox.push({ topic, payload, text: payload.toString(), qos, retain, dup });
  });
  await client.subscribeAsync([...[filters].flat(), fences], {
    qos: 2,
    ...(protocolVersion === 5 ? { rap: true } : {}),
  });
  return {
    messages: mailbox.items,
    next: (wanted) => mailbox.next(wanted),
    take: (count) => mailbox.take(count),
    async fence() {
      const mark = randomUUID();
      await client.publishAsync(fences, mark, { qos: 1 });
      await passed.next((text) => text === mark);
    },
    end: () => client.endAsync(true),
  };
}

export interface Publisher {
  readonly client: MqttClient;
  /** Comes back when the broker has it (with QoS 1, which is the default here). */
  publish(topic: string, payload: string | Buffer | object, options?: IClientPublishOptions): Promise<void>;
  /** Removes what the broker has stored for the topic. */
  clear(topic: string): Promise<void>;
  end(): Promise<void>;
}

/** Publishes as a printer would; an object becomes JSON. */
export async function publisher(scope: Scope, url: string, options: IClientOptions = {}): Promise<Publisher> {
  const client = await connect(scope, url, options);
  const send = async (topic: string, payload: string | Buffer, sending: IClientPublishOptions): Promise<void> => {
    await client.publishAsync(topic, payload, { qos: 1, ...sending });
  };
  return {
    client,
    publish: (topic, payload, sending = {}) =>
      send(topic, typeof payload === "string" || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload), sending),
    clear: (topic) => send(topic, "", { retain: true }),
    end: () => client.endAsync(),
  };
}

async function connect(scope: Scope, url: string, options: IClientOptions): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, connectTimeout: 10_000, ...options });
  client.on("error", () => client.end(true));
  cleanup(scope, async () => {
    if (!client.disconnected || client.connected) await client.endAsync(true);
  });
  return client;
}
