import { parseArgs } from "node:util";
import { ScriptScope } from "../support/cleanup.ts";
import { measure } from "./measure.ts";
import type { Options } from "./options.ts";
import { reportOf } from "./report.ts";
import { measureScaleOut, scaleOutDefaults, scaleOutReport } from "./scale-out.ts";
import { measureServers, serversDefaults, serversReport } from "./servers.ts";
import { measureTracking, trackingDefaults, trackingReport } from "./tracking.ts";
import { isVariant, variantNames } from "./variants.ts";

/*
 * The same load through our nodes, through core's, through the least possible node and through MQTT.js alone:
 *
 *   npm run bench -- [--quick] [--rounds 9] [--printers 1,100,1000] [--only ours,least] [--profile folder]
 *
 * `--only` takes the variants (see variants.ts), and publishing, tracking: what jobs and states cost, servers: OctoPrints
 * without a broker, and scale-out: two Node-REDs that share their messages, for which six cores must be free.
 */

const usual = { rounds: 9, printers: [1, 100, 1000], warmUp: 100_000, burst: 50_000, longest: 3_000, latencyRounds: 2 };
const quick = { rounds: 3, printers: [1, 100], warmUp: 50_000, burst: 50_000, longest: 1_000, latencyRounds: 1 };

interface BenchOptions extends Options {
  readonly scaleOut: boolean;
  readonly tracking: boolean;
  readonly servers: boolean;
}

const others = ["publishing", "scale-out", "tracking", "servers"];

function optionsOf(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      rounds: { type: "string" },
      printers: { type: "string" },
      only: { type: "string" },
      profile: { type: "string" },
    },
  });
  const chosen = values.quick ? quick : usual;
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !others.includes(name) && !isVariant(name));
  if (unknown !== undefined) throw new Error(`there is no variant "${unknown}"`);
  return {
    ...chosen,
    rounds: values.rounds === undefined ? chosen.rounds : positive(values.rounds),
    printers: values.printers?.split(",").map(positive) ?? chosen.printers,
    variants: variantNames.filter((name) => only === undefined || only.includes(name)),
    publishing: only === undefined || only.includes("publishing"),
    scaleOut: only === undefined || only.includes("scale-out"),
    tracking: only === undefined || only.includes("tracking"),
    servers: only === undefined || only.includes("servers"),
    settle: 12_000,
    rate: 200,
    profile: values.profile,
    progress: (text) => console.error(text),
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`"${text}" is not a number from 1 on`);
  return value;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = optionsOf(args);
  const scope = new ScriptScope();
  try {
    if (options.variants.length > 0 || options.publishing) {
      const results = await measure(scope, options);
      console.log(
        reportOf(results, ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "), new Date()),
      );
    }
    if (options.tracking) console.log(`\n${trackingReport(measureTracking(trackingDefaults))}`);
    if (options.servers) {
      const { progress } = options;
      console.log(`\n${serversReport(await measureServers(scope, { ...serversDefaults, progress }))}`);
    }
    if (options.scaleOut) {
      const result = await measureScaleOut(scope, {
        ...scaleOutDefaults,
        ...options,
        printers: scaleOutDefaults.printers,
      });
      console.log(`\n${scaleOutReport(result)}`);
    }
  } finally {
    await scope.end();
  }
}

main().catch((problem: unknown) => {
  console.error(`The run is invalid. ${problem instanceof Error ? problem.message : problem}`);
  process.exitCode = 1;
});
