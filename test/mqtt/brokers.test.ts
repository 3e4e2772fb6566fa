import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startAedes } from "../support/broker.ts";
import type { Scope } from "../support/cleanup.ts";
import { passwordFile, startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { amqtt, mochi, type OtherBroker, without } from "../support/other-brokers.ts";
import { publisher } from "../support/wire.ts";
import { connected, createConnection, join, Sender } from "./connecting.ts";

/** A broker with its default configuration, and one that asks for joe's password, which is "secret". */
interface Broker extends Pick<OtherBroker, "name" | "protocols" | "start"> {
  readonly skip: string | false;
}

const both = ["MQTTv311", "MQTTv5"] as const;

const brokers: readonly Broker[] = [
  {
    name: "mosquitto",
    protocols: both,
    skip: withoutMosquitto(),
    async start(scope: Scope, withUser: boolean) {
      const files = { users: passwordFile({ joe: "secret" }) };
      const options = withUser ? { files, conf: ["password_file {dir}/users"], anonymous: false } : {};
      return (await startMosquitto(scope, options)).url;
    },
  },
  {
    name: "aedes",
    protocols: ["MQTTv311"],
    skip: false,
    async start(scope: Scope, withUser: boolean) {
      const broker = await startAedes(scope, {
        authenticate: (_client, user, password, done) =>
          done(null, !withUser || (user === "joe" && String(password) === "secret")),
      });
      return broker.url;
    },
  },
  { ...mochi, skip: without(mochi) },
  { ...amqtt, skip: without(amqtt) },
];

const burst = 300;

for (const { name, protocols, skip, start } of brokers) {
  describe(`${name}, as it is installed`, { skip }, () => {
    for (const protocol of protocols) {
      for (const qos of [0, 1, 2] as const) {
        test(`${protocol}: a burst at QoS ${qos} arrives whole and in its order`, async (t) => {
          const url = await start(t, false);
          const reader = await connected(t, url, { protocol });
          const member = join(reader, "q");
          const sender = new Sender(await connected(t, url, { protocol }));
          // The broker has the subscription once a message comes.
          await untilSubscribed(sender, member);
          for (let at = 0; at < burst; at++) sender.publish("q", `${at}`, { qos });
          const results = await sender.results.take(burst);
          assert.ok(results.every(({ problem }) => problem === undefined));
          const all = Array.from({ length: burst }, (_, at) => `${at}`);
          await member.messages.next(({ text }) => text === all.at(-1));
          const texts = member.messages.items.map(({ text }) => text).filter((text) => text !== "probe");
          assert.deepEqual(texts, all);
        });
      }

      test(`${protocol}: many filters, and what is retained comes once`, async (t) => {
        const url = await start(t, false);
        const printers = Array.from({ length: 120 }, (_, at) => `farm/printer-${at}`);
        const printer = await publisher(t, url);
        await printer.publish("farm/printer-7/mqtt", "connected", { retain: true });
        const opened = createConnection(t, url, { protocol });
        const members = printers.map((topic) => join(opened, `${topic}/#`));
        assert.equal((await members[7]?.messages.next())?.retain, true);
        const late = join(opened, "farm/printer-7/#");
        assert.equal((await late.messages.next()).retain, true);
        // The last one's SUBSCRIBE may still be on its way.
        const last = members.at(-1);
        const sender = new Sender(opened);
        if (last !== undefined) await untilSubscribed(sender, last, `${printers.at(-1)}/event`);
        for (const [at, topic] of printers.entries()) {
          await printer.publish(`${topic}/event`, `${at}`);
          assert.equal((await members[at]?.messages.next(({ text }) => text !== "probe"))?.text, `${at}`);
        }
        const stored = members[7]?.messages.items.filter(({ retain }) => retain);
        assert.equal(stored?.length, 1);
      });

      test(`${protocol}: a wrong password, in words`, async (t) => {
        const url = await start(t, true);
        await connected(t, url, { protocol, username: "joe", password: "secret" });
        const opened = createConnection(t, url, { protocol, username: "joe", password: "wrong" });
        opened.connection.watch(() => undefined);
        // amqtt hangs up without a CONNACK: the text names user name and password among what to check.
        const code = name === "amqtt" ? "closed-by-server" : "bad-credentials";
        assert.equal((await opened.problem()).code, code);
      });
    }
  });
}

/** Publishes until a message arrives: brokers do not say when another client's SUBSCRIBE is done. */
async function untilSubscribed(sender: Sender, { messages }: ReturnType<typeof join>, topic = "q"): Promise<void> {
  const first = messages.next(({ text }) => text === "probe");
  const timer = setInterval(() => sender.publish(topic, "probe", { qos: 1 }), 20);
  try {
    await first;
  } finally {
    clearInterval(timer);
  }
  await sender.results.take(sender.results.items.length);
}
