import { connect, type MqttClient } from "mqtt";
import type { Node, NodeAPI, NodeDef } from "node-red";
import { addSource, type Template } from "./source.ts";
import { arrived } from "./tally.ts";

interface LeastInDef extends NodeDef {
  readonly url: string;
  /** Every topic with what a msg says about it. */
  readonly topics: readonly (readonly [string, string, string, string])[];
}

interface Known {
  readonly node: Node;
  readonly printer: string;
  readonly kind: string;
  readonly name: string;
}

interface LeastOutDef extends NodeDef {
  readonly url: string;
  readonly baseTopic: string;
  readonly qos: 0 | 1;
}

interface SourceDef extends NodeDef {
  readonly qos: 0 | 1;
  readonly templates: readonly Template[];
}

export = (RED: NodeAPI): void => {
  /** Counts what arrives; the timestamps, which differ, tell whether it is all there. */
  function SinkNode(this: Node, definition: NodeDef): void {
    RED.nodes.createNode(this, definition);
    this.on("input", (msg, _send, done) => {
      const { payload } = msg;
      arrived(
        typeof payload === "object" && payload !== null && "_timestamp" in payload ? Number(payload._timestamp) : 0,
      );
      done();
    });
  }

  /** Takes what is not counted. */
  function HeapNode(this: Node, definition: NodeDef): void {
    RED.nodes.createNode(this, definition);
    this.on("input", (_msg, _send, done) => done());
  }

  /**
   * The least that a node can do: its own connection, exact filters, a lookup, a JSON.parse, a send, no checks.
   * Where there are many of them, they share the connection and the lookup.
   */
  function LeastInNode(this: Node, definition: LeastInDef): void {
    RED.nodes.createNode(this, definition);
    client ??= connectLeast(definition.url);
    for (const [topic, printer, kind, name] of definition.topics) known.set(topic, { node: this, printer, kind, name });
    this.on("close", (done: () => void) => client?.end(false, () => done()));
  }

  let client: MqttClient | undefined;
  const known = new Map<string, Known>();

  function connectLeast(url: string): MqttClient {
    const connected = connect(url, { protocolVersion: 4 });
    connected.on("message", (topic, payload) => {
      const found = known.get(topic);
      if (found === undefined) return;
      const { node, printer, kind, name } = found;
      node.send({ topic, payload: JSON.parse(payload.toString()), printer, kind, name });
    });
    connected.on("connect", () => {
      const filters = [...known.keys()];
      for (let from = 0; from < filters.length; from += 1000) connected.subscribe(filters.slice(from, from + 1000));
    });
    return connected;
  }

  /** The same for publishing: its own connection, a topic, a JSON.stringify, a publish, no checks, no queue. */
  function LeastOutNode(this: Node, definition: LeastOutDef): void {
    RED.nodes.createNode(this, definition);
    const { baseTopic, qos } = definition;
    const client = connect(definition.url, { protocolVersion: 4 });
    this.on("input", (msg, _send, done) => {
      const { kind } = msg;
      const name = kind === "event" ? msg.event : kind === "progress" ? msg.progress : msg.temp;
      const options = { qos, retain: false };
      client.publish(`${baseTopic}${kind}/${name}`, JSON.stringify(msg.payload), options, (error) =>
        done(error ?? undefined),
      );
    });
    this.on("close", (done: () => void) => client.end(false, () => done()));
  }

  function SourceNode(this: Node, definition: SourceDef): void {
    RED.nodes.createNode(this, definition);
    addSource(definition.qos, (msg) => this.send(msg), definition.templates);
  }

  RED.nodes.registerType("bench-sink", SinkNode);
  RED.nodes.registerType("bench-heap", HeapNode);
  RED.nodes.registerType("bench-least-in", LeastInNode);
  RED.nodes.registerType("bench-least-out", LeastOutNode);
  RED.nodes.registerType("bench-source", SourceNode);
};
