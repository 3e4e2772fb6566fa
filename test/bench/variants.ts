import { baseTopicOf, mark, printerName, subtopics, templates } from "./load.ts";

/** What is compared. Each is a flow in a Node-RED of its own, the first MQTT.js alone. */
export const variants = {
  floor: "bare MQTT.js",
  least: "the least node",
  leasts: "the least node for each printer",
  wildcard: "core: one `mqtt in` -> function",
  core: "core: three `mqtt in` a printer",
  ours: "octoprint-in for each printer",
  farm: "octoprint-in for a farm",
  job: "octoprint-in for each printer: jobs",
  printer: "octoprint-in for each printer: its state",
  table: "octoprint-in: all printers in a table, once a second",
} as const;

export type Variant = keyof typeof variants;
export const variantNames = Object.keys(variants).filter(isVariant);

export function isVariant(name: string): name is Variant {
  return Object.hasOwn(variants, name);
}

/** What is concluded from many messages: not every message makes a msg. */
export function isDerived(variant: Variant): boolean {
  return variant === "job" || variant === "printer" || variant === "table";
}

type Flow = readonly object[];

const tab = { id: "tab", type: "tab", label: "bench" };
const sink = { id: "sink", type: "bench-sink", z: "tab", wires: [] };

/** @param prefix the first level of this consumer's topics */
export function flowOf(variant: Variant, url: string, prefix: string, printers: number): Flow {
  const all = Array.from({ length: printers }, (_, printer) => printer);
  return [tab, sink, ...nodesOf(variant, url, prefix, all)];
}

function nodesOf(variant: Variant, url: string, prefix: string, printers: readonly number[]): Flow {
  switch (variant) {
    case "floor":
      return [];
    case "least":
      return [leastIn("in", url, prefix, printers)];
    case "leasts":
      return printers.map((printer) => leastIn(`in-${printer}`, url, prefix, [printer]));
    case "wildcard":
      return [coreBroker(url), ...wildcard(prefix)];
    case "core":
      return [coreBroker(url), ...printers.flatMap((printer) => corePrinter(prefix, printer))];
    case "ours":
      return [ourBroker(url), ...printers.flatMap((printer) => ourPrinter(prefix, printer))];
    case "farm":
      return [ourBroker(url), ...ourFarm(prefix)];
    case "job":
    case "printer":
      return [
        ourBroker(url),
        ...printers.flatMap((printer) => ourPrinter(prefix, printer, { kind: variant, rate: "", wires: [["heap"]] })),
        ...marked(printerName(0)),
      ];
    case "table":
      return [
        ourBroker(url),
        ...ourFarm(prefix, { kind: "printer", table: true, rate: "1", wires: [["heap"]] }),
        ...marked("farm"),
      ];
  }
}

function leastIn(id: string, url: string, prefix: string, printers: readonly number[]): object {
  const topics = printers.flatMap((printer) =>
    subtopics.map((subtopic) => [
      baseTopicOf(prefix, printer) + subtopic,
      printerName(printer),
      ...subtopic.split("/"),
    ]),
  );
  return { id, type: "bench-least-in", z: "tab", url, topics, wires: [["sink"]] };
}

/** As the editor makes it. */
function coreBroker(url: string): object {
  const { hostname: broker, port } = new URL(url);
  const options = { usetls: false, protocolVersion: "4", keepalive: "60", cleansession: true, autoConnect: true };
  return { id: "broker", type: "mqtt-broker", broker, port, clientid: "", ...options };
}

function mqttIn(id: string, topic: string, to: string): object {
  const rest = { datatype: "auto-detect", broker: "broker", nl: false, rap: true, rh: 0, inputs: 0 };
  return { id, type: "mqtt in", z: "tab", topic, qos: "2", ...rest, wires: [[to]] };
}

function wildcard(prefix: string): Flow {
  const func =
    'const [, printer, kind, name] = msg.topic.split("/");\nmsg.printer = printer;\nmsg.kind = kind;\nmsg.name = name;\nreturn msg;';
  const rest = { outputs: 1, noerr: 0, initialize: "", finalize: "", libs: [] };
  return [
    mqttIn("in", `${prefix}/#`, "split"),
    { id: "split", type: "function", z: "tab", func, ...rest, wires: [["sink"]] },
  ];
}

function corePrinter(prefix: string, printer: number): Flow {
  const kinds = ["event", "progress", "temperature"];
  const name = printerName(printer);
  const id = (part: string): string => `${part}-${name}`;
  const rules = kinds.map((kind) => ({ t: "cont", v: `/${kind}/`, vt: "str" }));
  const set = (property: string, to: string): object => ({ t: "set", p: property, pt: "msg", to, tot: "str" });
  return [
    ...kinds.map((kind) => mqttIn(id(kind), `${baseTopicOf(prefix, printer)}${kind}/#`, id("switch"))),
    {
      id: id("switch"),
      type: "switch",
      z: "tab",
      ...{ property: "topic", propertyType: "msg", rules, checkall: "false", repair: false, outputs: 3 },
      wires: kinds.map((kind) => [id(`change-${kind}`)]),
    },
    ...kinds.map((kind) => ({
      id: id(`change-${kind}`),
      type: "change",
      z: "tab",
      rules: [set("printer", name), set("kind", kind)],
      wires: [["sink"]],
    })),
  ];
}

function ourBroker(url: string): object {
  return { id: "broker", type: "octoprint-broker", url };
}

const everything = { kind: "all", wires: [["sink"]] };

function ourPrinter(prefix: string, printer: number, settings: object = everything): Flow {
  const name = printerName(printer);
  return [
    { id: name, type: "octoprint-printer", broker: "broker", baseTopic: baseTopicOf(prefix, printer) },
    { id: `in-${name}`, type: "octoprint-in", z: "tab", printer: name, ...settings },
  ];
}

function ourFarm(prefix: string, settings: object = everything): Flow {
  return [
    { id: "farm", type: "octoprint-printer", broker: "broker", baseTopic: `${prefix}/{printer}/` },
    { id: "in", type: "octoprint-in", z: "tab", printer: "farm", ...settings },
  ];
}

/** Where the msgs go that nobody counts, and what shows that a burst is over. */
function marked(printer: string): Flow {
  const settings = { kind: "event", select: [mark], retained: "all", wires: [["sink"]] };
  return [
    { id: "heap", type: "bench-heap", z: "tab", wires: [] },
    { id: "mark", type: "octoprint-in", z: "tab", printer, ...settings },
  ];
}

/** A farm whose messages are shared; what is stored comes to the other node, and shows that both are subscribed. */
export function groupFlow(url: string, prefix: string): Flow {
  const receive = { type: "octoprint-in", z: "tab", printer: "farm", wires: [["sink"]] };
  return [
    tab,
    sink,
    { ...ourBroker(url), protocol: "MQTTv5" },
    { id: "farm", type: "octoprint-printer", broker: "broker", baseTopic: `${prefix}/{printer}/` },
    { id: "shared", kind: "all", group: "bench", ...receive },
    { id: "stored", kind: "connection", ...receive },
  ];
}

/** The two that publish. */
export const publishers = { least: "the least node", ours: "octoprint-mqtt-out" } as const;
export type PublisherVariant = keyof typeof publishers;
export const publisherVariants: readonly PublisherVariant[] = ["least", "ours"];

/** A source of msgs and a node that publishes them, for QoS 0 and 1 each; not retained, for both alike. */
export function publishingFlow(variant: PublisherVariant, url: string, baseTopic: string): Flow {
  const source = (qos: number): object => {
    const id = `source-${qos}`;
    return { id, type: "bench-source", z: "tab", qos, templates: templates(), wires: [[`out-${qos}`]] };
  };
  const out = (qos: number): object =>
    variant === "least"
      ? { id: `out-${qos}`, type: "bench-least-out", z: "tab", url, baseTopic, qos, wires: [] }
      : {
          id: `out-${qos}`,
          type: "octoprint-mqtt-out",
          z: "tab",
          printer: "printer",
          qos: String(qos),
          retain: "false",
          wires: [],
        };
  const printer = { id: "printer", type: "octoprint-printer", broker: "broker", baseTopic };
  const config = variant === "least" ? [] : [ourBroker(url), printer];
  return [tab, ...config, source(0), source(1), out(0), out(1)];
}
