import type { NodeAPI } from "node-red";

/** A text of a node's catalog, in the runtime's language, with its placeholders filled. */
export type Translate = (key: string, parameters: Record<string, string | number>) => string;

/**
 * `RED._`, but no parameter is filled into another one: a file may be called `__printer__`.
 *
 * @example translator(RED)("text.progress", { path: "__progress__.gcode", progress: 42 }) // "__progress__.gcode: 42 %"
 */
export function translator(RED: Pick<NodeAPI, "_">): Translate {
  return (key, parameters) => {
    const standIns: Record<string, string | number> = {};
    for (const [name, value] of Object.entries(parameters)) {
      standIns[name] = typeof value === "string" ? `\ue000${name}\ue000` : value;
    }
    return RED._(key, standIns).replace(/\ue000(\w+)\ue000/g, (_standIn, name: string) => `${parameters[name]}`);
  };
}
