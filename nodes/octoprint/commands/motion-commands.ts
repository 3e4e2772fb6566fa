import { type Failure, failure } from "../problem.ts";
import { type Axes, command, type Facts, type Plan, post, send } from "./command-row.ts";
import { isOffline, isPrinting } from "./observed.ts";
import type { ParameterSchema } from "./parameter-schema.ts";

const axisNames = ["x", "y", "z"] as const;
const distance = { type: "number", unit: "mm" } as const satisfies ParameterSchema;
const speed = { type: "integer", minimum: 1, maximum: 60_000, unit: "mm/min" } as const satisfies ParameterSchema;
/** OctoPrint reads an integer as percent, any other number as a fraction: 105.7 would be 10570 %. */
const percent = {
  type: "object",
  properties: { percent: { type: "integer", minimum: 10, maximum: 300, unit: "%" } },
  required: ["percent"],
  additionalProperties: false,
} as const;

/** How far a head moves at most where nobody knows the printer's size, mm. */
const unknownVolume: Axes = { x: 200, y: 200, z: 200 };

/** The head is not moved through a print. 2.0 refuses it while paused as well. */
function inPrint({ now }: Facts): Failure | undefined {
  if (isOffline(now)) return failure("printer-offline");
  return isPrinting(now) ? failure("not-while-printing", { path: now.file.path || "?" }) : undefined;
}

function whileConnected({ now }: Facts, ...requests: ReturnType<typeof post>[]): Plan<ReturnType<typeof post>> {
  return isOffline(now) ? failure("printer-offline") : send(...requests);
}

/** The commands for moving: home, jog, extrude, tool, factors. */
export const motionCommands = {
  home: command({
    parameters: {
      type: "object",
      properties: { axes: { type: "array", items: { type: "string", enum: axisNames }, uniqueItems: true } },
      additionalProperties: false,
    },
    single: "axes",
    permissions: ["Status", "Control"],
    api: {
      reads: ["job"],
      plan: ({ axes }, facts) =>
        inPrint(facts) ?? send(post("/api/printer/printhead", { command: "home", axes: axesOf(axes) })),
    },
    mqtt: {
      // The plugin would do it in the middle of a print.
      plan: ({ axes }, facts) => inPrint(facts) ?? send({ control: "home", payload: JSON.stringify(axesOf(axes)) }),
    },
    conflict: (_move, now) => failure("not-while-printing", { path: now.file.path || "?" }),
    example: { parameters: { axes: ["x", "y"] } },
  }),

  jog: command({
    parameters: {
      type: "object",
      properties: {
        x: distance,
        y: distance,
        z: distance,
        speed,
        absolute: { type: "boolean", default: false },
      },
      additionalProperties: false,
    },
    permissions: ["Status", "Control", "Connection"],
    api: {
      reads: ["job", "profile"],
      plan: (move, facts) => {
        const wrong = inPrint(facts) ?? wrongMove(move, facts.volume ?? unknownVolume);
        return (
          wrong ?? send(post("/api/printer/printhead", { command: "jog", ...move, absolute: move.absolute === true }))
        );
      },
    },
    mqtt: {
      plan: ({ x, y, z, speed: given, absolute }, facts) => {
        // With a speed the plugin moves relatively and ignores the speed; without one it moves to the position.
        if (absolute === true) return failure("parameter-not-over-mqtt", { parameter: "absolute" });
        const wrong = inPrint(facts) ?? wrongMove({ x, y, z }, unknownVolume);
        return wrong ?? send({ control: "jog", payload: JSON.stringify({ x, y, z, speed: given ?? 1 }) });
      },
    },
    conflict: (_move, now) => failure("not-while-printing", { path: now.file.path || "?" }),
    example: { parameters: { x: 10, z: 0.2, speed: 3000 } },
  }),

  extrude: command({
    parameters: {
      type: "object",
      properties: { amount: { ...distance, minimum: -100, maximum: 100 }, speed },
      required: ["amount"],
      additionalProperties: false,
    },
    single: "amount",
    permissions: ["Status", "Control"],
    api: {
      reads: ["job"],
      plan: (move, facts) => inPrint(facts) ?? send(post("/api/printer/tool", { command: "extrude", ...move })),
    },
    mqtt: undefined,
    conflict: (_move, now) => failure("not-while-printing", { path: now.file.path || "?" }),
    example: { parameters: { amount: 5, speed: 120 } },
  }),

  tool: command({
    parameters: {
      type: "object",
      properties: { tool: { type: "integer", minimum: 0, maximum: 9 } },
      required: ["tool"],
      additionalProperties: false,
    },
    single: "tool",
    permissions: ["Status", "Control"],
    api: {
      reads: ["job", "profile"],
      plan: ({ tool }, facts) => {
        const heater = `tool${tool}`;
        // OctoPrint takes any and drops it later.
        if (facts.heaters?.includes(heater) === false) return failure("heater-missing", { heater });
        return whileConnected(facts, post("/api/printer/tool", { command: "select", tool: heater }));
      },
    },
    mqtt: undefined,
    example: { parameters: { tool: 0 } },
  }),

  feedrate: command({
    parameters: percent,
    single: "percent",
    permissions: ["Status", "Control"],
    api: {
      reads: ["job"],
      plan: ({ percent: factor }, facts) =>
        whileConnected(facts, post("/api/printer/printhead", { command: "feedrate", factor })),
    },
    mqtt: undefined,
    replaces: () => ["feedrate"],
    example: { parameters: { percent: 110 } },
  }),

  flowrate: command({
    parameters: percent,
    single: "percent",
    permissions: ["Status", "Control"],
    api: {
      reads: ["job"],
      plan: ({ percent: factor }, facts) =>
        whileConnected(facts, post("/api/printer/tool", { command: "flowrate", factor })),
    },
    mqtt: undefined,
    replaces: () => ["flowrate"],
    example: { parameters: { percent: 95 } },
  }),
};

/** All three by name: an empty list would home all too, but by accident. */
function axesOf(axes: unknown): readonly string[] {
  return Array.isArray(axes) && axes.length > 0 ? axes : axisNames;
}

function wrongMove(move: Readonly<{ [axis in keyof Axes]?: number | undefined }>, volume: Axes): Failure | undefined {
  const moved = axisNames.filter((axis) => move[axis] !== undefined);
  if (moved.length === 0) return failure("parameter-missing", { parameter: "x, y, z" });
  const far = moved.find((axis) => Math.abs(move[axis] ?? 0) > volume[axis]);
  return far === undefined ? undefined : failure("too-far", { axis: far, found: move[far] ?? 0, limit: volume[far] });
}
