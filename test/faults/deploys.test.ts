import assert from "node:assert/strict";
import type { EventEmitter } from "node:events";
import { type TestContext, test } from "node:test";
import type { Node, NodeInitializer } from "node-red";
import { cleanup } from "../support/cleanup.ts";
import { type Mosquitto, startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { fromNodeRed } from "../support/node-red.ts";
import { type FlowNode, loadFlow, type Message, type Runtime } from "../support/runtime.ts";
import { type Observer, observe, type Publisher, publisher } from "../support/wire.ts";
import { Condition, countNode, heapInUse, listeners, megabytes, resources } from "./counting.ts";
import { sized } from "./size.ts";

/** Node-RED says that a node which takes longer than this to close hangs; ours must be far from it. ms. */
const longestClose = 5000;
/** Of the heap, bytes: the tests' own books, and what the engine does in its own time. A leak would be far more. */
const mostGrown = 10_000_000;
/** Milliseconds between two messages of each source: 100 a second in all. */
const pace = 20;

const stored = {
  "deploys/temperature/bed": '{"actual":60.1,"target":60}',
  "deploys/progress/printing": '{"location":"local","path":"a.gcode","progress":23}',
  "deploys/metadata/material": "PETG",
  // Retained as the plugin did from 0.8.4 to 0.8.13: history, not state.
  "deploys/event/PrintDone": '{"_event":"PrintDone"}',
};
const states = Object.keys(stored).filter((topic) => !topic.includes("/event/"));

/** What is redeployed, and the node `in-all` begins anew by each, the others not by the first. */
const deploys = ["one node", "the printer", "the broker", "everything"] as const;
type Deploy = (typeof deploys)[number];

interface Hooks {
  add(name: "onReceive.faults", handler: (event: { destination: { id: string } }) => void): void;
  remove(name: "*.faults"): void;
}
const { hooks }: { hooks: Hooks } = fromNodeRed("@node-red/util");

/** A flow under load, and what came of it. */
class Workshop {
  readonly #changed = new Condition();
  readonly #seen = new Map<string, Set<string>>();
  /** Since the last deploy: the stored topics that came to the node `in-all`. */
  readonly states: string[] = [];
  readonly faults: string[] = [];
  /** Numbers that the node `in-events` did not get, of the foreign publisher's. */
  missed = 0;
  given = 0;
  done = 0;
  refused = 0;
  #last = -1;
  #received = 0;

  readonly count: NodeInitializer = countNode((id, msg) => this.#receive(id, msg));

  #receive(id: string, { topic, payload, retain }: Message): void {
    if (retain === true) this.#receiveStored(id, String(topic));
    else this.#receiveLive(id, JSON.stringify(payload), payload);
    this.#changed.check();
  }

  #receiveStored(id: string, topic: string): void {
    if (id !== "to-all") this.faults.push(`${id} got what is stored at ${topic}`);
    if (this.states.includes(topic)) this.faults.push(`${topic} came twice`);
    this.states.push(topic);
  }

  #receiveLive(id: string, text: string, payload: unknown): void {
    const seen = this.#seen.get(id) ?? new Set();
    this.#seen.set(id, seen);
    if (seen.has(text)) this.faults.push(`${id} got ${text} twice`);
    seen.add(text);
    const foreign =
      typeof payload === "object" && payload !== null && "foreign" in payload ? payload.foreign : undefined;
    if (id !== "to-events" || typeof foreign !== "number") return;
    this.missed += foreign - this.#last - 1;
    this.#last = foreign;
    this.#received++;
  }

  complete(node: string, error: Error | undefined): void {
    if (node !== "out") return;
    this.done++;
    if (error) this.refused++;
    this.#changed.check();
  }

  whenStates(): Promise<void> {
    const what = () => `what is stored; ${this.states.join(", ")} came`;
    return this.#changed.when(() => this.states.length === states.length, what);
  }

  /** Waits until so many of the foreign publisher's have come to the node `in-events`. */
  whenReceived(count: number): Promise<void> {
    const goal = this.#received + count;
    return this.#changed.when(
      () => this.#received >= goal,
      () => `${count} messages more`,
    );
  }

  /** Waits until so many more have been given to `octoprint-mqtt-out`. */
  whenGiven(count: number): Promise<void> {
    const goal = this.given + count;
    return this.#changed.when(
      () => this.given >= goal,
      () => `${count} msgs more`,
    );
  }

  give(): void {
    this.given++;
    this.#changed.check();
  }

  whenDone(): Promise<void> {
    return this.#changed.when(
      () => this.done >= this.given,
      () => `done: ${this.done} of ${this.given}`,
    );
  }
}

/** Publishes numbered events within the flow, as long as it runs. */
const source: NodeInitializer = (RED) => {
  let own = 0;
  RED.nodes.registerType("source", function (this: Node, config) {
    RED.nodes.createNode(this, config);
    const send = (): void => this.send({ payload: { own: own++ }, kind: "event", event: "Own" });
    const timer = setInterval(send, pace);
    this.on("close", () => clearInterval(timer));
  });
};

/** `round` is the name of what is redeployed, so that it differs each time. */
function flowOf(url: string, rounds: Readonly<Record<Deploy, number>>, load: boolean): FlowNode[] {
  const name = (deploy: Deploy): string => `round ${rounds[deploy]}`;
  return [
    { id: "tab", type: "tab" },
    { id: "broker", type: "octoprint-broker", url, statusTopic: "flow/status", name: name("the broker") },
    { id: "printer", type: "octoprint-printer", broker: "broker", baseTopic: "deploys/", name: name("the printer") },
    {
      id: "in-all",
      z: "tab",
      type: "octoprint-in",
      printer: "printer",
      kind: "all",
      name: name("one node"),
      wires: [["to-all"]],
    },
    { id: "to-all", z: "tab", type: "count", wires: [] },
    { id: "in-events", z: "tab", type: "octoprint-in", printer: "printer", kind: "event", wires: [["to-events"]] },
    { id: "to-events", z: "tab", type: "count", wires: [] },
    { id: "out", z: "tab", type: "octoprint-mqtt-out", printer: "printer", qos: "1", wires: [] },
    ...(load ? [{ id: "load", z: "tab", type: "source", wires: [["out"]] }] : []),
  ];
}

interface Started {
  readonly broker: Mosquitto;
  readonly foreign: Publisher;
  readonly workshop: Workshop;
  readonly runtime: Runtime;
  readonly events: EventEmitter;
  /** Comes back when it is deployed; the milliseconds that it took. */
  deploy(what: Deploy, load?: boolean): Promise<number>;
}

async function start(t: TestContext): Promise<Started> {
  const broker = await startMosquitto(t, { conf: ["sys_interval 1", "log_type none", "log_type information"] });
  const foreign = await publisher(t, broker.url);
  for (const [topic, payload] of Object.entries(stored)) await foreign.publish(topic, payload, { retain: true });
  const workshop = new Workshop();
  let events: EventEmitter | undefined;
  const withEvents: NodeInitializer = (RED) => {
    events = RED.events;
  };
  hooks.add("onReceive.faults", ({ destination }) => {
    if (destination.id === "out") workshop.give();
  });
  t.after(() => hooks.remove("*.faults"));
  const rounds = { "one node": 0, "the printer": 0, "the broker": 0, everything: 0 };
  const runtime = await loadFlow(t, flowOf(broker.url, rounds, true), {
    nodes: [workshop.count, source, withEvents],
    onComplete: ({ node, error }) => workshop.complete(node, error),
  });
  if (events === undefined) throw new Error("Node-RED has no events");
  await workshop.whenStates();
  return {
    broker,
    foreign,
    workshop,
    runtime,
    events,
    async deploy(what, load = true) {
      rounds[what]++;
      workshop.states.length = 0;
      const begun = performance.now();
      await runtime.deploy(flowOf(broker.url, rounds, load), what === "everything" ? "full" : "nodes");
      return performance.now() - begun;
    },
  };
}

/** Waits until the broker counts these; it tells what has changed once a second. */
async function brokerCounts(system: Observer, wanted: Readonly<Record<string, string>>): Promise<void> {
  const last = (topic: string) => system.messages.findLast((message) => message.topic === `$SYS/broker/${topic}`)?.text;
  while (Object.entries(wanted).some(([topic, count]) => last(topic) !== count)) {
    await system.next(({ topic }) => Object.keys(wanted).some((name) => topic === `$SYS/broker/${name}`));
  }
}

test("deploys under load leave nothing over, and nothing comes twice", { skip: withoutMosquitto() }, async (t) => {
  const started = await start(t);
  const { broker, foreign, workshop, runtime, events, deploy } = started;
  const system = await observe(t, broker.url, ["$SYS/broker/subscriptions/count", "$SYS/broker/clients/connected"]);
  let number = 0;
  const live = setInterval(() => void foreign.publish("deploys/event/Foreign", { foreign: number++ }), pace);
  cleanup(t, () => clearInterval(live));

  const longest = { "one node": 0, "the printer": 0, "the broker": 0, everything: 0 };
  const redeploy = async (times: number): Promise<void> => {
    for (let round = 0; round < times; round++) {
      const what = deploys[round % deploys.length] ?? "everything";
      const missed = workshop.missed;
      longest[what] = Math.max(longest[what], await deploy(what));
      await workshop.whenStates();
      await workshop.whenReceived(2);
      if (what === "one node" && workshop.missed > missed) {
        workshop.faults.push(`round ${round}: a deploy of another node cost a message`);
      }
    }
  };
  const count = async (): Promise<object> => {
    await deploy("everything", false);
    await workshop.whenStates();
    await workshop.whenDone();
    await workshop.whenReceived(1);
    // Three subscriptions and one client are the observer's, another client is the foreign publisher. Of the two that
    // are left, one is the printer's status topic, which is always listened to.
    await brokerCounts(system, { "subscriptions/count": "5", "clients/connected": "3" });
    runtime.statuses.forget();
    return { events: listeners(events), process: listeners(process), resources: resources() };
  };

  // What Node-RED, MQTT.js and the tests make once is made.
  await redeploy(20);
  const before = await count();
  const heap = heapInUse();
  const times = sized(1000, 5000);
  await redeploy(times);
  const after = await count();
  const grown = heapInUse() - heap;
  t.diagnostic(`${times} deploys, ${workshop.given} msgs given to octoprint-mqtt-out, ${workshop.refused} refused`);
  t.diagnostic(`${number} published by others, ${workshop.missed} not received while everything was redeployed`);
  t.diagnostic(`longest deploy: ${JSON.stringify(longest)} ms; heap grown by ${megabytes(grown)}`);
  t.diagnostic(JSON.stringify(after));
  assert.deepEqual(workshop.faults, []);
  assert.deepEqual(after, before);
  assert.equal(workshop.done, workshop.given);
  assert.ok(Math.max(...Object.values(longest)) < longestClose);
  assert.ok(grown < mostGrown);
});

test("closing never takes 5 s, whatever the broker does", { skip: withoutMosquitto() }, async (t) => {
  const { broker, workshop, runtime, deploy } = await start(t);
  /** With a load, which stays behind when the broker does not answer; at last without one. */
  const measure = async (state: string): Promise<void> => {
    for (const what of deploys) {
      const taken = await deploy(what);
      t.diagnostic(`${state}, deploy of ${what}: ${taken.toFixed()} ms`);
      assert.ok(taken < longestClose);
    }
  };
  await measure("connected");
  await workshop.whenStates();

  broker.pause();
  await workshop.whenGiven(20);
  await measure("frozen while it was connected");
  broker.resume();
  await runtime.status("out", /connected/);

  await broker.kill();
  await workshop.whenGiven(20);
  await measure("away");

  await deploy("everything", false);
  await workshop.whenDone();
  assert.equal(workshop.done, workshop.given);
  t.diagnostic(`${workshop.given} msgs given, each done once, ${workshop.refused} of them with an error`);
});
