import type { NodeMessage } from "node-red";

/** A msg to be published, as a flow would make it. */
export interface Template {
  readonly kind: "event" | "progress" | "temperature";
  /** The placeholder's property and value. */
  readonly property: "event" | "progress" | "temp";
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const sources = new Map<number, (count: number) => void>();

/** Registers the flow's source of msgs for one QoS. */
export function addSource(qos: number, send: (msg: NodeMessage) => void, templates: readonly Template[]): void {
  sources.set(qos, (count) => {
    for (let at = 0; at < count; at++) {
      const template = templates[at % templates.length];
      if (template === undefined) throw new Error("there is nothing to publish");
      const { kind, property, name, payload } = template;
      send({ kind, [property]: name, payload: { ...payload } });
    }
  });
}

export function publish(qos: number, count: number): void {
  sources.get(qos)?.(count);
}
