import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Mosquitto, startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { kept, type Load, startLoad } from "./load.ts";
import { shortenPauses } from "./pauses.ts";
import { Random } from "./random.ts";
import { sized } from "./size.ts";

const restarts = sized(100, 500);

/**
 * mosquitto acknowledges a message before it has written it to disk. What it has passed on by then is not lost with it,
 * and it passes everything on at once unless too much is unacknowledged.
 */
const conf = ["max_inflight_messages 0"];
const skip = withoutMosquitto();

/**
 * Killed at any moment, and away for as long as it takes to publish a few messages more.
 *
 * @param most how many messages may be on their way then; all there are unless given
 */
async function killOften(t: TestContext, broker: Mosquitto, load: Load, times: number, most?: number): Promise<void> {
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  for (let restart = 0; restart < times; restart++) {
    await load.arrived(random.whole(1, 8));
    if (most !== undefined) await load.underWay(most);
    await broker.kill();
    await load.published(random.whole(0, 6));
    await broker.restart();
  }
  await load.arrived(1);
  await load.end();
  for (const lane of load.lanes) t.diagnostic(lane.figures());
}

test(`${restarts} times the broker is killed: nothing is lost`, { skip }, async (t) => {
  shortenPauses();
  const broker = await startMosquitto(t, { persistence: true, conf });
  const { url } = broker;
  const load = await startLoad(t, [
    { name: "mqtt-3.1.1", broker: { url, protocol: "MQTTv311", ...kept } },
    { name: "mqtt-5", broker: { url, protocol: "MQTTv5", ...kept } },
    { name: "two-connections", broker: { url, ...kept }, reader: { url, ...kept } },
  ]);
  await killOften(t, broker, load, restarts);
  for (const lane of load.lanes) assert.deepEqual(lane.faults(), []);
});

test("the same with the limits that mosquitto has as it is installed", { skip }, async (t) => {
  shortenPauses();
  const broker = await startMosquitto(t, { persistence: true });
  const { url } = broker;
  const load = await startLoad(t, [
    { name: "mqtt-3.1.1", broker: { url, protocol: "MQTTv311", ...kept } },
    { name: "mqtt-5", broker: { url, protocol: "MQTTv5", ...kept } },
  ]);
  // It passes on 20 at once, and has acknowledged the others: those would be lost with it.
  await killOften(t, broker, load, sized(20, 200), 10);
  for (const lane of load.lanes) assert.deepEqual(lane.faults(), []);
});

test("what is lost without a kept session is told by the figures; done is called all the same", { skip }, async (t) => {
  shortenPauses();
  const broker = await startMosquitto(t, { persistence: true, conf });
  const { url } = broker;
  const load = await startLoad(t, [
    { name: "clean-session", broker: { url }, reader: { url } },
    { name: "qos-0", broker: { url, ...kept }, reader: { url, ...kept }, qos: "0" },
  ]);
  await killOften(t, broker, load, sized(20, 100));
  for (const lane of load.lanes) assert.deepEqual(lane.faultsButLosses(), []);
});

test("what is lost where the broker does not write to disk is told by the figures", { skip }, async (t) => {
  shortenPauses();
  const broker = await startMosquitto(t, { conf });
  const { url } = broker;
  const load = await startLoad(t, [{ name: "not-on-disk", broker: { url, ...kept }, reader: { url, ...kept } }]);
  await killOften(t, broker, load, sized(20, 100));
  for (const lane of load.lanes) assert.deepEqual(lane.faultsButLosses(), []);
});
