import { adapted, type FlowNode, readExample, type Surroundings } from "../demo/flows.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { connectAsEditor, type EditorEvents } from "../support/comms.ts";
import { type ExampleBroker, startExampleBroker } from "../support/example-broker.ts";
import type { NodeRedProcess } from "../support/process.ts";

/** An example that is deployed, with a broker of its own. */
export interface Running extends Omit<ExampleBroker, "url" | "down"> {
  readonly editor: EditorEvents;
  /** The id of the node of the example that has this name. */
  id(name: string): string;
  /** Waits until the flow's context holds this. */
  remembers(key: string, value: string): Promise<void>;
}

/** Deploys an example against a broker of its own. */
export async function run(
  scope: Scope,
  nodeRed: NodeRedProcess,
  name: string,
  speed = 1,
  octoprint?: Surroundings["octoprint"],
): Promise<Running> {
  const { url: brokerUrl, printer, wire, subscribed } = await startExampleBroker(scope);
  const editor = await connectAsEditor(scope, nodeRed.url);
  const flow = adapted(readExample(name), {
    brokerUrl,
    recorded: {},
    prefix: "",
    speed,
    ...(octoprint && { octoprint }),
  });
  await nodeRed.deploy(flow);
  // Before its broker goes and in the middle of nothing: both would be a line in the log.
  cleanup(scope, async () => {
    await nodeRed.deploy(
      flow.filter(({ type }) => type !== "inject"),
      "nodes",
    );
    await wire.fence();
    await nodeRed.deploy([]);
  });
  return {
    editor,
    printer,
    wire,
    id: (nodeName) => idOf(flow, nodeName),
    remembers: (key, value) => remembers(nodeRed, `/context/flow/${flow[0]?.id}/${key}`, value),
    subscribed,
  };
}

/** Contexts tell nobody that they have changed: so it asks until they have. */
async function remembers(nodeRed: NodeRedProcess, path: string, value: string): Promise<void> {
  for (let asked = 0; asked < 5_000; asked++) {
    const { msg }: { msg?: string } = await (await nodeRed.get(path)).json();
    if (msg === value) return;
  }
  throw new Error(`${path} does not become ${value}`);
}

function idOf(flow: readonly FlowNode[], name: string): string {
  const node = flow.find((one) => one.name === name);
  if (node === undefined) throw new Error(`no node has the name ${name}`);
  return node.id;
}

/** What the debug node of this name shows next. */
export async function shows(
  { editor, id }: Running,
  name: string,
): Promise<{ msg: string; topic: string | undefined }> {
  const { msg, topic } = await editor.debug.next((message) => message.id === id(name));
  return { msg, topic };
}
