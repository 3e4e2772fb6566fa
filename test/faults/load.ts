import type { Node, NodeAPI, NodeInitializer } from "node-red";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { type Completion, type FlowNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { Lane } from "./lane.ts";

type Settings = Readonly<Record<string, unknown>>;

/** 20 messages a second in each lane. */
const interval = 50;

/** What a user must set to lose nothing: a session that the broker keeps. */
export const kept = { cleanSession: false } as const;

export interface LaneSettings {
  readonly name: string;
  /** Of the `octoprint-broker`. */
  readonly broker: Settings;
  /** Of a second one for the `octoprint-in`; without it both use the same connection. */
  readonly reader?: Settings;
  /** Of the `octoprint-mqtt-out`, 1 unless it is given. */
  readonly qos?: string;
}

/** Events with a number, in lanes: from an `octoprint-mqtt-out` at QoS 1 through the broker to an `octoprint-in`. */
export interface Load {
  readonly runtime: Runtime;
  readonly lanes: readonly Lane[];
  /** Waits until so many more have arrived for the first time, in each lane. */
  arrived(count: number): Promise<void>;
  /** Waits until no more than so many are on their way, in each lane. */
  underWay(most: number): Promise<void>;
  /** Waits until so many more have been published in each lane. */
  published(count: number): Promise<void>;
  /** Stops, and waits for what is on its way. */
  end(): Promise<void>;
}

export async function startLoad(scope: Scope, settings: readonly LaneSettings[]): Promise<Load> {
  const lanes = settings.map(({ name }) => new Lane(name));
  const laneOf = (id: string, prefix: string): Lane | undefined => lanes.find(({ name }) => id === prefix + name);
  const arrivals: NodeInitializer = (RED: NodeAPI) => {
    RED.nodes.registerType("arrivals", function (this: Node, config) {
      RED.nodes.createNode(this, config);
      this.on("input", (msg, _send, done) => {
        laneOf(this.id, "arrivals-")?.arrive({ ...msg });
        done();
      });
    });
  };
  const onComplete = ({ node, msg, error }: Completion): void => laneOf(node, "out-")?.complete(msg, error);
  const runtime = await loadFlow(scope, flowOf(settings), { nodes: [arrivals], onComplete });
  for (const { name } of lanes) await runtime.status(`in-${name}`, /connected/);

  const publish = (): void => {
    for (const lane of lanes) runtime.inject(`out-${lane.name}`, lane.publish());
  };
  const timer = setInterval(publish, interval);
  cleanup(scope, () => clearInterval(timer));
  return {
    runtime,
    lanes,
    arrived: async (count) => void (await Promise.all(lanes.map((lane) => lane.whenArrived(count)))),
    underWay: async (most) => void (await Promise.all(lanes.map((lane) => lane.whenMissing(most)))),
    published: async (count) => void (await Promise.all(lanes.map((lane) => lane.whenPublished(count)))),
    async end() {
      clearInterval(timer);
      await Promise.all(lanes.map((lane) => lane.whenDone()));
      // All that was published before comes before this one, or never.
      publish();
      await Promise.all(lanes.map((lane) => lane.whenLastArrived()));
      await Promise.all(lanes.map((lane) => lane.whenDone()));
    },
  };
}

function flowOf(lanes: readonly LaneSettings[]): FlowNode[] {
  return [
    { id: "tab", type: "tab" },
    ...lanes.flatMap(({ name, broker, reader, qos = "1" }) => [
      brokerNode(`broker-${name}`, broker),
      ...(reader === undefined ? [] : [brokerNode(`reader-${name}`, reader)]),
      printerNode(`printer-${name}`, `broker-${name}`, name),
      ...(reader === undefined ? [] : [printerNode(`read-${name}`, `reader-${name}`, name)]),
      {
        id: `in-${name}`,
        z: "tab",
        type: "octoprint-in",
        printer: reader === undefined ? `printer-${name}` : `read-${name}`,
        kind: "event",
        wires: [[`arrivals-${name}`]],
      },
      { id: `arrivals-${name}`, z: "tab", type: "arrivals", wires: [] },
      { id: `out-${name}`, z: "tab", type: "octoprint-mqtt-out", printer: `printer-${name}`, qos, wires: [] },
    ]),
  ];
}

function brokerNode(id: string, settings: Settings): FlowNode {
  // A setting that is the id of a node would be a reference to it.
  return { id, type: "octoprint-broker", clientId: `client-${id}`, ...settings };
}

function printerNode(id: string, broker: string, baseTopic: string): FlowNode {
  return { id, type: "octoprint-printer", broker, baseTopic: `${baseTopic}/` };
}
