import { failure } from "../problem.ts";
import { command, type Facts, noParameters, post, type Seen, send, type Verdict } from "./command-row.ts";
import { linesOf } from "./gcode.ts";
import { isOffline, isPrinting } from "./observed.ts";

/** Up to this the hot end may lose its fan, degrees C. */
const cold = 50;

const printerCommandPath = "/api/printer/command";

/** The commands for the machine: G-code, connection, power, system. */
export const machineCommands = {
  gcode: command({
    parameters: {
      type: "object",
      properties: { lines: { type: ["string", "array"], items: { type: "string" } } },
      required: ["lines"],
      additionalProperties: false,
    },
    single: "lines",
    marked: true,
    permissions: ["Status", "Control"],
    api: {
      reads: ["job"],
      plan: ({ lines }, { now }) => {
        const split = linesOf(lines);
        if (!split.ok) return split;
        if (isOffline(now)) return failure("printer-offline");
        return send(post(printerCommandPath, { commands: split.lines }));
      },
    },
    mqtt: {
      plan: ({ lines }, { now }) => {
        const split = linesOf(lines);
        if (!split.ok) return split;
        if (isOffline(now)) return failure("printer-offline");
        // Always an array: the plugin sends a text of two lines as one.
        return send({ control: "commands", payload: JSON.stringify(split.lines) });
      },
    },
    example: { parameters: { lines: ["G28 X Y", "M117 Hello"] } },
  }),

  connect: command({
    parameters: {
      type: "object",
      properties: {
        port: { type: "string", minLength: 1 },
        baudrate: { type: "integer", minimum: 0, maximum: 10_000_000, unit: "Bd" },
        profile: { type: "string", minLength: 1 },
      },
      additionalProperties: false,
    },
    permissions: ["Status", "Connection"],
    api: {
      reads: ["job", "connection"],
      plan: ({ port, baudrate, profile }, { now, connection }) => {
        if (now.phase === "connecting") return send();
        if (!isOffline(now) && now.phase !== undefined) {
          const current = connection?.port ?? null;
          // OctoPrint would answer that all is well, and change nothing.
          if (port !== undefined && port !== "AUTO" && current !== port) {
            return failure("already-connected", { port: current ?? "?" });
          }
          return send();
        }
        return send(post("/api/connection", { command: "connect", port, baudrate, printerProfile: profile }));
      },
    },
    mqtt: {
      plan: (chosen, { now }) => {
        const [parameter] = Object.entries(chosen).flatMap(([name, value]) => (value === undefined ? [] : [name]));
        if (parameter !== undefined) return failure("parameter-not-over-mqtt", { parameter });
        return isConnected(now.phase) ? send() : send({ control: "connect", payload: "True" });
      },
    },
    happened: {
      reads: ["job"],
      words: "Operational",
      judge: (_parameters, { now, before, phases }) => {
        if (isConnected(now.phase)) return "yes";
        const failed = now.phase === "error" && (phases.has("connecting") || before.phase !== "error");
        const gaveUp = now.phase === "closed" && phases.has("connecting");
        const reason = now.error || now.text || "?";
        return failed || gaveUp ? failure("connect-failed", { reason }).problem : "no";
      },
    },
    example: { parameters: { port: "/dev/ttyUSB0", baudrate: 115_200 }, facts: { now: offline() } },
  }),

  disconnect: command({
    parameters: noParameters,
    marked: true,
    permissions: ["Status", "Connection"],
    api: {
      reads: ["job"],
      plan: () => send(post("/api/connection", { command: "disconnect" })),
    },
    mqtt: { plan: () => send({ control: "connect", payload: "False" }) },
    happened: { reads: ["job"], words: "Offline", judge: (_none, seen) => judgeOffline(seen) },
    example: { parameters: {} },
  }),

  stop: command({
    parameters: noParameters,
    marked: true,
    urgent: true,
    permissions: ["Control"],
    api: { plan: () => send(post(printerCommandPath, { command: "M112" })) },
    mqtt: { plan: () => send({ control: "stop", payload: "PRESS" }) },
    conflict: () => failure("stop-impossible"),
    example: { parameters: {} },
  }),

  power: command({
    parameters: {
      type: "object",
      properties: {
        power: { type: "string", enum: ["on", "off"] },
        force: { type: "boolean", default: false },
      },
      required: ["power"],
      additionalProperties: false,
    },
    single: "power",
    marked: true,
    permissions: ["Status", "PSUControl: Control"],
    api: {
      reads: ["job", "temperatures", "power"],
      plan: ({ power, force }, facts) => {
        const unsafe = power === "off" && force !== true ? whyNotOff(facts) : undefined;
        const order = power === "on" ? "turnPSUOn" : "turnPSUOff";
        return unsafe ?? send(post("/api/plugin/psucontrol", { command: order }));
      },
    },
    mqtt: {
      plan: ({ power, force }, facts) => {
        const unsafe = power === "off" && force !== true ? whyNotOff(facts) : undefined;
        return unsafe ?? send({ control: "psu", payload: power === "on" ? "True" : "False" });
      },
    },
    happened: {
      reads: ["power"],
      words: "PSUControl says so",
      judge: ({ power }, { now }) => (now.powered === (power === "on") ? "yes" : "no"),
    },
    notFound: () => failure("plugin-missing", { plugin: "PSUControl" }),
    badRequest: () => failure("plugin-missing", { plugin: "PSUControl" }),
    example: { parameters: { power: "on" } },
  }),

  system: command({
    parameters: {
      type: "object",
      properties: { action: { type: "string", enum: ["shutdown", "reboot", "restart"] } },
      required: ["action"],
      additionalProperties: false,
    },
    single: "action",
    marked: true,
    permissions: ["System"],
    api: { plan: ({ action }) => send({ method: "POST", path: `/api/system/commands/core/${action}` }) },
    mqtt: { plan: ({ action }) => send({ control: action, payload: "PRESS" }) },
    notFound: ({ action }) => failure("system-not-configured", { action }),
    example: { parameters: { action: "restart" } },
  }),
};

/** Mid-print it would end the print; hot, the nozzle would clog without its fan. */
function whyNotOff({ now }: Facts) {
  if (isPrinting(now)) return failure("power-printing", { path: now.file.path || "?" });
  const tools = Object.entries(now.temperatures).filter(([heater]) => heater.startsWith("tool"));
  const hottest = Math.max(...tools.map(([, { actual }]) => actual ?? 0));
  return hottest > cold ? failure("power-hot", { found: hottest, limit: cold }) : undefined;
}

function isConnected(phase: Facts["now"]["phase"]): boolean {
  return phase !== undefined && phase !== "closed" && phase !== "error" && phase !== "connecting";
}

function judgeOffline({ now }: Seen): Verdict {
  return now.phase === "closed" || now.phase === "error" ? "yes" : "no";
}

function offline(): Facts["now"] {
  const file = { path: "", name: "", location: "" };
  return { phase: "closed", text: "Offline", file, progress: null, printTime: null, temperatures: {} };
}
