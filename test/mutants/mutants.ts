import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "acorn";
import { transformSync } from "esbuild";
import { type Mutation, mutationsOf } from "./mutations.ts";

/*
 * Changes one token of the domain at a time and looks whether the tests of test/octoprint notice:
 *
 *   npm run test:mutants -- [--sample 200] [--seed 1] [folder-or-file…]
 *
 * Without folders: nodes/octoprint/tracking and nodes/octoprint/messages. Each mutant that survives is listed.
 */

const root = resolve(__dirname, "../..");
/** A mutant may loop for ever: it may take so many times as long as the tests do without one. */
const patience = 10;

interface Mutant extends Mutation {
  readonly file: string;
}

const { values, positionals } = parseArgs({
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const targets = positionals.length > 0 ? positionals : ["nodes/octoprint/tracking", "nodes/octoprint/messages"];

function filesBelow(folder: string, end: string): string[] {
  if (folder.endsWith(end)) return [folder];
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(end)).map((name) => join(folder, name));
}

/** Without its types, which say nothing when it runs. */
function untyped(file: string): string {
  return transformSync(readFileSync(join(root, file), "utf8"), { loader: "ts", target: "node20" }).code;
}

function commonJs(code: string): string {
  return transformSync(code, { loader: "js", format: "cjs", target: "node20" }).code;
}

/** A copy of the domain and its tests as JavaScript, in which one worker changes one file at a time. */
function copyFor(worker: number, folder: string): string {
  const copy = join(folder, String(worker));
  for (const name of ["nodes", "docs", "package.json", "test/fixtures", "test/octoprint", "test/support"])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  for (const file of ["nodes", "test/octoprint", "test/support"].flatMap((name) => filesBelow(name, ".ts")))
    writeFileSync(join(copy, file), commonJs(untyped(file)));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const tests = filesBelow("test/octoprint", ".test.ts").sort(byCost);
  const requires = tests.map((file) => `require(${JSON.stringify(`./${file}`)});`);
  // Node reads a file that ends in .ts as JavaScript where it is told to.
  const loader = "require.extensions['.ts'] = require.extensions['.js'];";
  writeFileSync(join(copy, "run.cjs"), [loader, ...requires].join("\n"));
  return copy;
}

/** Laws take longer than examples, and other rooms seldom notice: they come last. */
function byCost(a: string, b: string): number {
  const isOwn = (file: string): boolean => targets.some((target) => file.includes(target.split("/")[2] ?? ""));
  const rank = (file: string): number =>
    (isOwn(file) ? 0 : 3) + (/laws/.test(file) ? 2 : /farm|recordings/.test(file) ? 1 : 0);
  return rank(a) - rank(b) || a.localeCompare(b);
}

/** True where a test failed, or the run did not come to an end within `longest` ms. */
async function isCaught(copy: string, longest: number): Promise<boolean> {
  const reporter = join(__dirname, "first-failure.mjs");
  const child = spawn(process.execPath, [`--test-reporter=${reporter}`, "run.cjs"], { cwd: copy, stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), longest);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  return code !== 0;
}

/** The same sample for the same seed. */
function sampleOf(mutants: readonly Mutant[], size: number, seed: number): Mutant[] {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return mutants
    .map((mutant) => [random(), mutant] as const)
    .sort(([a], [b]) => a - b)
    .slice(0, size)
    .map(([, mutant]) => mutant);
}

async function main(): Promise<void> {
  const all = targets.flatMap((target) => filesBelow(target, ".ts")).flatMap(mutantsOf);
  const mutants = values.sample === undefined ? all : sampleOf(all, Number(values.sample), Number(values.seed));
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  try {
    const workers = Array.from({ length: availableParallelism() }, (_, worker) => copyFor(worker, folder));
    const began = Date.now();
    if (workers[0] === undefined || (await isCaught(workers[0], 600_000)))
      throw new Error("the tests fail without a mutant");
    const survivors = await runAll(mutants, workers, (Date.now() - began) * patience);
    const caught = mutants.length - survivors.length;
    console.log(`${caught} of ${mutants.length} mutants caught (${((caught / mutants.length) * 100).toFixed(1)} %)`);
    process.exitCode = caught / mutants.length >= 0.9 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All mutants of a file that are JavaScript: `??` beside `&&`, without brackets, is none. */
function mutantsOf(file: string): Mutant[] {
  const code = untyped(file);
  return mutationsOf(code).flatMap((mutation) => {
    const mutant = { ...mutation, file };
    return isJavaScript(mutated(code, mutant)) ? [mutant] : [];
  });
}

function mutated(code: string, { start, end, text }: Mutant): string {
  return code.slice(0, start) + text + code.slice(end);
}

function isJavaScript(code: string): boolean {
  try {
    parse(code, { ecmaVersion: "latest", sourceType: "module" });
    return true;
  } catch {
    return false;
  }
}

async function runAll(
  mutants: readonly Mutant[],
  workers: readonly string[],
  longest: number,
): Promise<readonly Mutant[]> {
  const survivors: Mutant[] = [];
  const waiting = [...mutants];
  const work = async (copy: string): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { file, text, was, line } = mutant;
      const code = untyped(file);
      writeFileSync(join(copy, file), commonJs(mutated(code, mutant)));
      const caught = await isCaught(copy, longest);
      writeFileSync(join(copy, file), commonJs(code));
      if (caught) continue;
      survivors.push(mutant);
      const source = code.split("\n")[line - 1]?.trim();
      console.log(`survived: ${relative(root, join(root, file))}: ${was} -> ${text || "nothing"}: ${source}`);
    }
  };
  await Promise.all(workers.map(work));
  return survivors;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
