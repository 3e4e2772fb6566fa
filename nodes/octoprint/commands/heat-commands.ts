import { type Failure, failure } from "../problem.ts";
import {
  type ApiRequest,
  command,
  type Facts,
  type Limits,
  type Plan,
  post,
  type Seen,
  type Verdict,
} from "./command-row.ts";
import { isOffline, nothingObserved } from "./observed.ts";
import type { ParameterSchema } from "./parameter-schema.ts";

type Targets = Readonly<Record<string, number>>;

const degrees = { type: "number", minimum: 0, unit: "°C" } as const satisfies ParameterSchema;
const furtherTool = { ...degrees, rare: true } as const;

/** OctoPrint reports the target it was given; firmware may round it. */
const tolerance = 0.5;

/** The commands for temperatures. */
export const heatCommands = {
  heat: command({
    parameters: {
      type: "object",
      properties: {
        tool0: degrees,
        tool1: furtherTool,
        tool2: furtherTool,
        tool3: furtherTool,
        tool4: furtherTool,
        bed: degrees,
        chamber: degrees,
      },
      additionalProperties: false,
    },
    permissions: ["Status", "Control", "Connection"],
    api: {
      reads: ["job", "profile"],
      plan: (heaters, facts) => planTargets(targetsOf(heaters), facts),
    },
    mqtt: {
      plan: (heaters, facts) => {
        const targets = targetsOf(heaters);
        const wrong = wrongTargets(targets, facts);
        if (wrong !== undefined) return wrong;
        const lines = Object.entries(targets).map(([heater, target]) => gcodeOf(heater, target));
        return { ok: true, requests: [{ control: "commands", payload: JSON.stringify(lines) }], targets };
      },
    },
    happened: { reads: ["job", "temperatures"], words: "the targets are reported", judge: judgeTargets },
    replaces: (heaters) => Object.keys(targetsOf(heaters)),
    conflict: () => failure("heater-missing", { heater: "bed, chamber" }),
    example: { parameters: { tool0: 210, bed: 60 } },
  }),

  preheat: command({
    parameters: {
      type: "object",
      properties: { profile: { type: "string", minLength: 1 } },
      required: ["profile"],
      additionalProperties: false,
    },
    single: "profile",
    permissions: ["Status", "Control", "Connection", "Settings read"],
    api: {
      reads: ["job", "temperatures", "profile", "presets"],
      plan: ({ profile }, facts) => {
        const targets = presetTargets(profile, facts);
        return targets.ok ? planTargets(targets.targets, facts) : targets;
      },
    },
    mqtt: undefined,
    happened: { reads: ["job", "temperatures"], words: "the targets are reported", judge: judgeTargets },
    conflict: () => failure("heater-missing", { heater: "bed, chamber" }),
    example: {
      parameters: { profile: "PLA" },
      facts: {
        presets: [{ name: "PLA", extruder: 215, bed: 60, chamber: null }],
        now: { ...nothingObserved, temperatures: { tool0: { actual: 21, target: 0 }, bed: { actual: 21, target: 0 } } },
      },
    },
  }),
};

function targetsOf(heaters: Readonly<Record<string, unknown>>): Targets {
  return Object.fromEntries(
    Object.entries(heaters).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

function planTargets(targets: Targets, facts: Facts): Plan<ApiRequest> {
  if (isOffline(facts.now)) return failure("printer-offline");
  const wrong = wrongTargets(targets, facts);
  if (wrong !== undefined) return wrong;
  const tools = Object.fromEntries(Object.entries(targets).filter(([heater]) => isTool(heater)));
  const requests = ["bed", "chamber"].flatMap((heater) => {
    const target = targets[heater];
    return target === undefined ? [] : [post(`/api/printer/${heater}`, { command: "target", target })];
  });
  if (Object.keys(tools).length > 0) requests.unshift(post("/api/printer/tool", { command: "target", targets: tools }));
  return { ok: true, requests, targets };
}

/** With one extruder OctoPrint would heat tool0 for tool1. */
function wrongTargets(targets: Targets, { now, limits, heaters }: Facts): Failure | undefined {
  if (isOffline(now)) return failure("printer-offline");
  if (Object.keys(targets).length === 0) return failure("parameter-missing", { parameter: "tool0, bed, chamber" });
  for (const [heater, target] of Object.entries(targets)) {
    const limit = limitOf(heater, limits);
    if (target > limit) return failure("heat-limit", { heater, found: target, limit });
    if (heaters?.includes(heater) === false) return failure("heater-missing", { heater });
  }
  return undefined;
}

function isTool(heater: string): boolean {
  return heater.startsWith("tool");
}

function limitOf(heater: string, { tool, bed, chamber }: Limits): number {
  return isTool(heater) ? tool : heater === "bed" ? bed : chamber;
}

function gcodeOf(heater: string, target: number): string {
  if (heater === "bed") return `M140 S${target}`;
  if (heater === "chamber") return `M141 S${target}`;
  const tool = heater.slice("tool".length);
  return tool === "0" ? `M104 S${target}` : `M104 T${tool} S${target}`;
}

/** Of each heater that is there. `off` is not one of OctoPrint's temperature profiles, but all heaters at 0. */
function presetTargets(name: string, { presets = [], now, heaters }: Facts): { ok: true; targets: Targets } | Failure {
  const found = presets.find((preset) => preset.name.toLowerCase() === name.toLowerCase());
  const off = name.toLowerCase() === "off";
  if (found === undefined && !off) {
    return failure("preset-unknown", { profile: name, known: presets.map((preset) => preset.name).join(", ") });
  }
  const targets: Record<string, number> = {};
  for (const heater of heaters ?? Object.keys(now.temperatures)) {
    const wanted = isTool(heater) ? found?.extruder : heater === "bed" ? found?.bed : found?.chamber;
    const heats = isTool(heater) || heater === "bed" || heater === "chamber";
    if (heats && (off || typeof wanted === "number")) targets[heater] = off ? 0 : (wanted ?? 0);
  }
  return { ok: true, targets };
}

/** A target that is known to be equal counts at once. */
function judgeTargets(_parameters: unknown, { now, targets }: Seen): Verdict {
  if (isOffline(now)) return failure("printer-offline").problem;
  const reported = Object.entries(targets).every(([heater, target]) => {
    const known = now.temperatures[heater]?.target;
    // Off is reported as 0, or as nothing at all.
    return Math.abs((known ?? (target === 0 ? 0 : Number.POSITIVE_INFINITY)) - target) <= tolerance;
  });
  return reported ? "yes" : "no";
}
