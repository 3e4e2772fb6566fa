import { connectAsync, type MqttClient } from "mqtt";
import { startAedes } from "../support/broker.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";

/** The MQTT broker of the demo. */
export interface DemoBroker {
  /** Without user name and password. */
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** Put before every topic of the demo. */
  readonly prefix: string;
  readonly client: MqttClient;
}

/** On a broker of others, the demo keeps below this: your own printer may publish on octoPrint/ there. */
const demoPrefix = "demo/";

/**
 * Connects to the broker at this address, or starts one.
 *
 * @param address `mqtt://user:password@host:port`, or a part of it; `undefined`: start one on a free loopback port
 */
export async function demoBroker(scope: Scope, address: string | undefined): Promise<DemoBroker> {
  const url = address === undefined ? new URL((await startAedes(scope)).url) : parse(address);
  const { username, password } = url;
  const credentials =
    username === "" ? undefined : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  url.username = "";
  url.password = "";
  const prefix = address === undefined ? "" : demoPrefix;
  const client = await connected(url.href, credentials);
  const clear = prefix === "" ? undefined : await remember(client, prefix);
  cleanup(scope, async () => {
    if (client.connected) await clear?.();
    await client.endAsync(true);
  });
  return { url: url.href.replace(/\/$/, ""), credentials, prefix, client };
}

function parse(address: string): URL {
  try {
    return new URL(address.includes("://") ? address : `mqtt://${address}`);
  } catch {
    throw new Error(`${address} is no address of a broker: mqtt://host or mqtt://host:port is`);
  }
}

async function connected(url: string, credentials: DemoBroker["credentials"]): Promise<MqttClient> {
  try {
    const client = await connectAsync(url, { ...credentials, connectTimeout: 10_000 }, false);
    client.on("error", () => undefined);
    return client;
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message || problem.name : String(problem);
    throw new Error(`no connection to the broker ${url}: ${reason}`);
  }
}

/** Remembers all topics below the prefix. The result leaves nothing stored there. */
async function remember(client: MqttClient, prefix: string): Promise<() => Promise<void>> {
  const topics = new Set<string>();
  client.on("message", (topic) => topics.add(topic));
  await client.subscribeAsync(`${prefix}#`, { qos: 1 });
  return async () => {
    await client.unsubscribeAsync(`${prefix}#`);
    await Promise.all([...topics].map((topic) => client.publishAsync(topic, "", { qos: 1, retain: true })));
  };
}
