import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { findDebianBinary } from "./debian-binary.ts";
import { prepareNodeRed5 } from "./node-red-5.ts";
import { prepareNodeRedDev } from "./node-red-dev.ts";
import { findOctoPrint, octoPrintVersions } from "./octoprint-install.ts";
import { amqtt, mochi } from "./other-brokers.ts";

/*
 * Runs all tests below the given folders in one run of node:test, so that one summary is printed, as the last thing:
 *
 *   run.ts [--coverage] [--node-red-5] [--long] [--one-by-one] folder-or-file…
 *
 * `--one-by-one`: one file at a time, for tests that load the machine themselves.
 * `--long`: fault tests take their time (`test/faults/size.ts`).
 *
 * Node 20's `node --test` takes no patterns, and c8 prints its report after the summary; else this were one line of shell.
 */

const root = resolve(__dirname, "../..");

function testFiles(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(path, name))
    .sort();
}

interface Outcome {
  readonly passed: boolean;
  /** The runner's totals: tests, pass, fail, … */
  readonly summary: readonly string[];
  /** Tests that could not be run, each with the reason. */
  readonly notRun: readonly string[];
}

/** Passes the runner's report on, but keeps back its totals. */
async function report(runner: ChildProcess): Promise<Outcome> {
  const summary: string[] = [];
  const notRun: string[] = [];
  if (runner.stdout === null) throw new Error("the runner has no output");
  const lines = createInterface(runner.stdout);
  lines.on("line", (line) => {
    if (/^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(line)) summary.push(line);
    else console.log(line);
    const [, skipped] = /^\s*﹣ (.* # .*)$/.exec(line) ?? [];
    if (skipped !== undefined) notRun.push(skipped.replace(/ \([\d.]+ms\)/, ""));
  });
  const [[code]] = await Promise.all([once(runner, "exit"), once(lines, "close")]);
  return { passed: code === 0, summary, notRun };
}

function coverageReport(folder: string): boolean {
  const { status } = spawnSync(
    process.execPath,
    [require.resolve("c8/bin/c8.js"), "report", "--temp-directory", folder, "--check-coverage"],
    { cwd: root, stdio: "inherit" },
  );
  return status === 0;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      coverage: { type: "boolean" },
      "node-red-5": { type: "boolean" },
      long: { type: "boolean" },
      "one-by-one": { type: "boolean" },
    },
    allowPositionals: true,
  });
  const files = positionals.flatMap((path) => testFiles(resolve(root, path)));
  if (files.length === 0) throw new Error(`no tests in ${positionals.join(", ")}`);

  // Once, here: test files run side by side, and each would fetch it.
  findDebianBinary("mosquitto");
  if (files.some((file) => file.endsWith("brokers.test.ts"))) for (const broker of [mochi, amqtt]) broker.find();
  if (files.some((file) => file.endsWith("scorecard.test.ts"))) prepareNodeRedDev();
  if (files.some((file) => file.includes("with-octoprint"))) octoPrintVersions.map(findOctoPrint);
  const nodeRed5 = values["node-red-5"] ? prepareNodeRed5() : undefined;
  const coverage = values.coverage ? mkdtempSync(join(tmpdir(), "coverage-")) : undefined;

  const concurrency = values["one-by-one"] ? 1 : Math.max(2, availableParallelism() - 1);
  const options = ["--import", "tsx", "--test", "--test-reporter=spec", `--test-concurrency=${concurrency}`];
  const runner = spawn(nodeRed5?.node ?? process.execPath, [...options, ...files.map((file) => relative(root, file))], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...(nodeRed5 && { NODE_RED_DIR: nodeRed5.dir }),
      ...(coverage && { NODE_V8_COVERAGE: coverage }),
      ...(values.long && { LONG_FAULTS: "true" }),
    },
  });
  const { passed, summary, notRun } = await report(runner);
  const covered = coverage === undefined || coverageReport(coverage);
  if (coverage !== undefined) rmSync(coverage, { recursive: true, force: true });
  for (const test of notRun) console.log(`not run: ${test}`);
  for (const line of summary) console.log(line);
  process.exitCode = passed && covered ? 0 : 1;
}

main().catch((problem: unknown) => {
  console.error(problem instanceof Error ? problem.message : problem);
  process.exitCode = 1;
});
