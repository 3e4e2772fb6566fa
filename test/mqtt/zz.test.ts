import { test } from "node:test";
import { startMosquitto } from "../support/mosquitto.ts";
import { connected, join } from "./connecting.ts";
test("x", async (t) => {
  const m = await startMosquitto(t);
  const o = await connected(t, m.url, { statusTopic: "s", protocol: "MQTTv5" });
  const a = join(o, ["farm/+/event/#"]);
  const b = join(o, ["farm/mk3/#"]);
  await m.log.next((l) => l.includes("farm/+/#"));
  b.leave();
  await m.log.next((l) => l.includes("UNSUBACK"));
  await o.connection.close();
  console.log(m.log.items.join("\n"));
});
