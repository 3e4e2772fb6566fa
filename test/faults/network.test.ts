import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startProxy, type TcpProxy } from "../support/proxy.ts";
import { kept, type Load, startLoad } from "./load.ts";
import { shortenPauses } from "./pauses.ts";
import { Random } from "./random.ts";
import { sized } from "./size.ts";

/** Seconds until a connection that is silent is probed; half as much again until it is given up. */
const keepalive = "1";

interface Network {
  readonly proxy: TcpProxy;
  readonly load: Load;
  readonly random: Random;
}

function faulty(name: string, times: number, once: (network: Network) => Promise<void>): void {
  test(`${times} times ${name}: nothing is lost`, { skip: withoutMosquitto() }, async (t: TestContext) => {
    shortenPauses();
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    const broker = await startMosquitto(t, { persistence: true });
    const proxy = await startProxy(t, broker.port);
    // What is published in a minute fits into it.
    const settings = { url: proxy.url, keepalive, queueLimit: "2000", ...kept };
    const load = await startLoad(t, [
      { name: "mqtt-3.1.1", broker: { ...settings, protocol: "MQTTv311" } },
      { name: "mqtt-5", broker: { ...settings, protocol: "MQTTv5" } },
    ]);
    for (let time = 0; time < times; time++) {
      await load.arrived(random.whole(1, 4));
      await once({ proxy, load, random });
    }
    await load.end();
    for (const lane of load.lanes) {
      t.diagnostic(lane.figures());
      assert.deepEqual(lane.faults(), []);
    }
  });
}

async function shows(load: Load, status: RegExp): Promise<void> {
  for (const { name } of load.lanes) await load.runtime.status(`out-${name}`, status);
}

faulty("the connection is cut in the middle of a packet", sized(100, 500), async ({ proxy, random }) => {
  await proxy.cutAfter(random.whole(1, 60), random.of(["toBroker", "toClient"]));
});

faulty("the connection is half-open and keepalive finds it", sized(5, 30), async ({ proxy, load }) => {
  proxy.swallow();
  await shows(load, /stopped responding/);
});

faulty("the broker accepts and never answers", sized(5, 10), async ({ proxy, load }) => {
  await proxy.mute();
  await shows(load, /no answer/);
  await proxy.listen();
});

faulty("the broker refuses for a while", sized(5, 1), async ({ proxy, load }) => {
  await proxy.refuse();
  await shows(load, /connection refused/);
  // A second; a minute.
  await load.published(sized(20, 1200));
  await proxy.listen();
});

faulty("the broker answers slowly", sized(5, 30), async ({ proxy, load, random }) => {
  proxy.delay(random.whole(50, 300));
  await load.arrived(20);
  if (random.once(2)) proxy.cut();
  proxy.delay(0);
});
