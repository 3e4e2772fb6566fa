import { deepEqual, equal, fail, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { loadFlow } from "../support/runtime.ts";
import { brokerNode, connected, outNode, printerNode, start, startOut, tab } from "./flow.ts";

interface Refusal {
  readonly msg: Record<string, unknown>;
  readonly code: string;
  readonly text: RegExp;
}

const circular: { self?: object } = {};
circular.self = circular;
const deep = JSON.parse("[".repeat(65) + "]".repeat(65));
const event = { kind: "event", event: "Home" };
const printing = { kind: "progress", progress: "printing" };
const bed = { kind: "temperature", temp: "bed" };
const other = { kind: "other", subtopic: "x" };

const refusals: Refusal[] = [
  { msg: { payload: 1 }, code: "kind-missing", text: /msg\.kind/ },
  { msg: { kind: "job" }, code: "kind-unknown", text: /job/ },
  { msg: { kind: "printer" }, code: "kind-unknown", text: /printer/ },
  { msg: { kind: 5 }, code: "kind-unknown", text: /5/ },
  { msg: { kind: Object.create(null) }, code: "kind-unknown", text: /object/ },
  { msg: { kind: "toString" }, code: "kind-unknown", text: /toString/ },

  { msg: { kind: "event" }, code: "name-missing", text: /event/ },
  { msg: { kind: "temperature", temp: 0, payload: 1 }, code: "name-missing", text: /temp/ },
  { msg: { kind: "metadata", payload: "x" }, code: "name-missing", text: /key/ },
  { msg: { kind: "event", event: "" }, code: "name-empty", text: /event/ },
  { msg: { kind: "event", event: "a+b" }, code: "name-forbidden", text: /a\+b.*\+/ },
  { msg: { kind: "event", event: "a#" }, code: "name-forbidden", text: /#/ },
  { msg: { kind: "event", event: "a\0b" }, code: "name-forbidden", text: /NUL/ },
  { msg: { kind: "event", event: "\ud800" }, code: "name-not-unicode", text: /event/ },
  { msg: { kind: "event", event: "x".repeat(65_536) }, code: "topic-too-long", text: /65/ },
  { msg: { kind: "other", payload: 1 }, code: "topic-missing", text: /topic/ },
  { msg: { kind: "other", topic: "", payload: 1 }, code: "topic-missing", text: /topic/ },
  { msg: { kind: "other", topic: "a/#", payload: 1 }, code: "topic-invalid", text: /a\/#/ },
  { msg: { kind: "other", topic: "x".repeat(66_000), payload: 1 }, code: "topic-invalid", text: /^.{200,300}$/ },
  { msg: { kind: "other", topic: "$SYS/x", payload: 1 }, code: "topic-reserved", text: /\$SYS\/x/ },
  { msg: { kind: "other", topic: "$share/g/x", payload: 1 }, code: "topic-reserved", text: /\$share/ },

  { msg: { ...event, payload: "Home" }, code: "event-payload", text: /object.*Inject/s },
  { msg: { ...event, payload: 1_700_000_000_000 }, code: "event-payload", text: /object.*Inject/s },
  { msg: { ...event, payload: ["a"] }, code: "event-payload", text: /array/ },
  { msg: { ...event, payload: Buffer.from("a") }, code: "event-payload", text: /Buffer/ },
  { msg: { ...event, payload: { circular } }, code: "payload-not-json", text: /circular/i },
  { msg: { ...event, payload: { a: 1n } }, code: "payload-not-json", text: /BigInt/i },
  { msg: { ...event, payload: { deep } }, code: "too-deep", text: /64/ },

  { msg: { ...printing, progress: 42, payload: 42 }, code: "name-missing", text: /progress/ },
  { msg: { ...printing, progress: "42", payload: 42 }, code: "progress-name", text: /42.*msg\.payload/s },
  { msg: printing, code: "payload-missing", text: /payload/ },
  { msg: { ...printing, payload: "42" }, code: "progress-payload", text: /string/ },
  { msg: { ...printing, payload: {} }, code: "progress-payload", text: /undefined/ },
  { msg: { ...printing, payload: { progress: "42" } }, code: "progress-payload", text: /string/ },
  { msg: { ...printing, payload: 100.1 }, code: "progress-range", text: /100\.1/ },
  { msg: { ...printing, payload: -1 }, code: "progress-range", text: /-1/ },
  { msg: { ...printing, payload: Number.NaN }, code: "progress-range", text: /NaN/ },
  { msg: { ...printing, payload: { progress: 1, path: 5 } }, code: "schema", text: /path/ },

  { msg: bed, code: "payload-missing", text: /payload/ },
  { msg: { ...bed, payload: "60" }, code: "temperature-payload", text: /string/ },
  { msg: { ...bed, payload: {} }, code: "schema", text: /actual|payload/ },
  { msg: { ...bed, payload: { actual: "60" } }, code: "schema", text: /actual/ },
  { msg: { ...bed, payload: Number.POSITIVE_INFINITY }, code: "schema", text: /actual/ },

  { msg: { kind: "metadata", key: "k" }, code: "payload-missing", text: /payload/ },
  { msg: { kind: "metadata", key: "k", payload: Buffer.from("a") }, code: "metadata-payload", text: /Buffer/ },
  { msg: { kind: "connection" }, code: "payload-missing", text: /payload/ },
  { msg: { kind: "connection", payload: "on" }, code: "connection-payload", text: /connected/ },
  { msg: { kind: "connection", payload: 1 }, code: "connection-payload", text: /connected/ },
  { msg: other, code: "payload-missing", text: /payload/ },
  { msg: { ...other, payload: circular }, code: "payload-not-json", text: /circular/i },
  { msg: { ...other, payload: () => 1 }, code: "payload-without-json", text: /function/ },
  { msg: { ...other, payload: new Map([["a", 1]]) }, code: "payload-without-json", text: /Map/ },
  { msg: { ...other, payload: { a: [new Set([1])] } }, code: "payload-without-json", text: /Set/ },
  { msg: { ...other, payload: new Error("x") }, code: "payload-without-json", text: /Error/ },
  { msg: { ...other, payload: Promise.resolve() }, code: "payload-without-json", text: /Promise/ },
  { msg: { ...event, payload: { a: new Float32Array(1) } }, code: "payload-without-json", text: /Float32Array/ },
];

describe("what cannot be published exactly right is refused, with a code and a text", () => {
  test("each of them, once, and nothing is published", async (t) => {
    const { runtime, published } = await startOut(t);
    for (const { msg, code, text } of refusals) {
      const { error, msg: given } = await runtime.send("out", msg);
      ok(error !== undefined && "code" in error, JSON.stringify(Object.keys(msg)));
      equal(error.code, code);
      match(error.message, text);
      equal(runtime.completions.items.filter((completion) => completion.msg === given).length, 1);
      const caught = await runtime.caught.next();
      ok(typeof caught.error === "object" && caught.error !== null && "code" in caught.error);
      equal(caught.error.code, code);
    }
    await runtime.send("out", event);
    equal((await published.next()).topic, "octoprint/event/Home");
    equal(published.items.length, 1);
    equal(runtime.caught.items.length, refusals.length);
  });

  test("no text is a key or has a hole left in it", async (t) => {
    const { runtime } = await startOut(t);
    for (const { msg } of refusals) {
      const { error } = await runtime.send("out", msg);
      ok(error && !error.message.includes("problem.") && !/__\w+__/.test(error.message), error?.message);
    }
  });

  test("an exception is the error of its msg, however its name is found", async (t) => {
    // The Catch node looks at it, too.
    const shy = (looks = 0): object => ({
      get _event() {
        return looks++ === 0 ? fail("not now") : "Home";
      },
    });
    const ways = [
      outNode("plain", { kind: "event", target: "Home" }),
      outNode("of-flow", { kind: "event", target: "name", targetType: "flow" }),
      outNode("of-jsonata", { kind: "event", target: "'Home'", targetType: "jsonata" }),
    ];
    const { runtime } = await start(t, ways);
    runtime.node("of-flow").context().flow.set("name", "Home");
    for (const { id } of ways) {
      const { error } = await runtime.send(id, { payload: shy() });
      match(error?.message ?? "none", /not now/);
      equal((await runtime.send(id, { payload: {} })).error, undefined);
    }
  });

  test("the status says so in red", async (t) => {
    const { runtime } = await startOut(t);
    await runtime.send("out", { kind: "job" });
    await runtime.status("out", ({ fill, text }) => fill === "red" && text.includes("job"));
  });
});

describe("by what the node's own settings give", () => {
  const rows: { settings: object; printer?: object; msg: object; code: string; text: RegExp }[] = [
    { settings: { qos: "msg" }, msg: { qos: 3 }, code: "qos-invalid", text: /3/ },
    { settings: { qos: "msg" }, msg: { qos: "1" }, code: "qos-invalid", text: /1/ },
    { settings: { retain: "msg" }, msg: { retain: "yes" }, code: "retain-invalid", text: /yes/ },
    { settings: { target: "a/+" }, msg: {}, code: "name-forbidden", text: /\+/ },
    { settings: { target: "nowhere", targetType: "msg" }, msg: {}, code: "name-missing", text: /event/ },
    { settings: { target: "a..b", targetType: "msg" }, msg: {}, code: "name-failed", text: /./ },
    { settings: { target: "nowhere", targetType: "flow" }, msg: {}, code: "name-missing", text: /event/ },
    { settings: { target: "NOT_SET_AT_ALL", targetType: "env" }, msg: {}, code: "name-empty", text: /event/ },
    { settings: { target: "5", targetType: "jsonata" }, msg: {}, code: "name-missing", text: /event/ },
    {
      settings: { kind: "msg", target: "'Home'", targetType: "jsonata" },
      msg: { kind: Object.create(null) },
      code: "kind-unknown",
      text: /object/,
    },
    { settings: { target: "(", targetType: "jsonata" }, msg: {}, code: "name-failed", text: /./ },
    {
      settings: { target: "$error('no name today')", targetType: "jsonata" },
      msg: {},
      code: "name-failed",
      text: /no name today/,
    },
    { settings: {}, printer: { baseTopic: "farm/{printer}/" }, msg: {}, code: "name-missing", text: /printer/ },
    {
      settings: { printerName: "a/b" },
      printer: { baseTopic: "farm/{printer}/" },
      msg: {},
      code: "name-forbidden",
      text: /a\/b/,
    },
    {
      settings: { kind: "other", target: "x" },
      printer: { baseTopic: "octoLaser" },
      msg: {},
      code: "base-topic-unfinished",
      text: /\//,
    },
    {
      settings: { kind: "connection" },
      printer: { lwTopic: "" },
      msg: { payload: true },
      code: "no-such-topic",
      text: /Connection|lwTopic/,
    },
  ];
  for (const { settings, printer, msg, code, text } of rows) {
    test(`${JSON.stringify({ ...settings, ...printer })} with ${JSON.stringify(msg)}: ${code}`, async (t) => {
      const options = { printer: { ...printer } };
      const { runtime } = await startOut(t, { kind: "event", ...settings }, options);
      const { error } = await runtime.send("out", { event: "Home", ...msg });
      ok(error !== undefined && "code" in error);
      equal(error.code, code);
      match(error.message, text);
    });
  }
});

describe("while nothing is configured everything is refused", () => {
  const rows: { of: string; out?: object; printer?: object; broker?: object; code: string }[] = [
    { of: "no printer", out: { printer: "" }, code: "printer-missing" },
    { of: "something else as the printer", out: { printer: "b" }, code: "printer-missing" },
    { of: "no broker", printer: { broker: "" }, code: "broker-missing" },
    { of: "no server", broker: { url: "" }, code: "url-missing" },
    { of: "a server that is none", broker: { url: "a b" }, code: "url-invalid" },
    { of: "a template without its placeholder", printer: { eventTopic: "event" }, code: "placeholder-missing" },
  ];
  for (const { of, out, printer, broker: settings, code } of rows) {
    test(of, async (t) => {
      const broker = await startAedes(t);
      const configNodes = [brokerNode(broker.url, { ...settings }), printerNode({ ...printer })];
      const runtime = await loadFlow(t, [tab, ...configNodes, outNode("out", { ...out })]);
      equal((await runtime.status("out", /./)).fill, "red");
      const { error } = await runtime.send("out", { kind: "event", event: "Home" });
      ok(error !== undefined && "code" in error);
      equal(error.code, code);
      deepEqual(runtime.completions.items.filter(({ node }) => node === "out").length, 1);
    });
  }
});

test("the broker's ACL refuses it, and says so over MQTT 5", { skip: withoutMosquitto() }, async (t) => {
  const acl = "topic read #\ntopic write octoprint/event/#\n";
  const broker = await startMosquitto(t, { conf: ["acl_file {dir}/acl"], files: { acl } });
  const nodes = [brokerNode(broker.url, { protocol: "MQTTv5" }), printerNode(), outNode("out", { qos: "1" })];
  const runtime = await loadFlow(t, [tab, ...nodes]);
  await runtime.status("out", connected);
  const { error } = await runtime.send("out", { kind: "connection", payload: true });
  ok(error !== undefined && "code" in error);
  equal(error.code, "publish-refused");
  match(error.message, /not allowed to publish to octoprint\/mqtt/);
  equal((await runtime.send("out", { kind: "event", event: "Home" })).error, undefined);
});
