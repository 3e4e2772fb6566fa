import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** How to start a program of Debian's, or why it is not to be had. */
export type DebianBinary =
  | { readonly ok: true; readonly command: string; readonly env: NodeJS.ProcessEnv }
  | { readonly ok: false; readonly reason: string };

const tools = resolve(__dirname, "../../.tools");

/** A program, and the package that it comes in. */
interface Program {
  readonly name: string;
  readonly package: string;
}

const found = new Map<string, DebianBinary>();

/** A program from the PATH, else unpacked from Debian's packages into `.tools/`, which needs no root. */
export function findDebianBinary(name: string, fromPackage = name): DebianBinary {
  const program = { name, package: fromPackage };
  const known = found.get(name) ?? onPath(program) ?? inTools(program) ?? unpack(program);
  found.set(name, known);
  return known;
}

function onPath({ name }: Program): DebianBinary | undefined {
  // Debian has it in sbin, Homebrew below its own prefix: neither is on everybody's PATH.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];
  if (process.env.TOOLS_FROM_PACKAGES === "true") return undefined;
  const command = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  return command === undefined ? undefined : { ok: true, command, env: {} };
}

function inTools({ name }: Program): DebianBinary | undefined {
  const unpacked = join(tools, name);
  const command = ["usr/sbin", "usr/bin"]
    .map((folder) => join(unpacked, folder, name))
    .find((path) => existsSync(path));
  if (command === undefined) return undefined;
  const folders = ["usr/lib", "lib"].map((folder) => join(unpacked, folder)).filter((folder) => existsSync(folder));
  const libraries = folders.flatMap((folder) => [
    folder,
    ...readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name)),
  ]);
  return { ok: true, command, env: { LD_LIBRARY_PATH: libraries.join(delimiter) } };
}

function unpack(program: Program): DebianBinary {
  const missing = (reason: string): DebianBinary => ({
    ok: false,
    reason: `${program.name} is not on the PATH, and ${reason}`,
  });
  if (run("apt-get", ["--version"]) === undefined) return missing("there is no apt-get to fetch it with");
  mkdirSync(tools, { recursive: true });
  const folder = mkdtempSync(join(tools, "unpacking-"));
  try {
    const options = packageLists(folder, program.package);
    if (options === undefined) return missing("Debian's package lists could not be fetched");
    const packages = [program.package, ...missingLibraries(options, program.package)];
    if (run("apt-get", [...options, "download", ...packages], folder) === undefined) {
      return missing(`Debian's packages could not be fetched (${packages.join(", ")})`);
    }
    const content = join(folder, "content");
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
      if (run("dpkg", ["-x", join(folder, file), content]) === undefined)
        return missing(`${file} could not be unpacked`);
    }
    // Test files run side by side: whoever is first has the name.
    const unpacked = join(tools, program.name);
    if (!existsSync(unpacked)) renameSync(content, unpacked);
    return inTools(program) ?? missing("Debian's package does not hold it");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** apt's options: none where the machine has package lists, else lists of our own, for which root is not needed either. */
function packageLists(folder: string, name: string): string[] | undefined {
  if (knows([], name)) return [];
  const options = ["-o", `Dir::State=${folder}/state`, "-o", `Dir::Cache=${folder}/cache`];
  for (const part of ["state/lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  run("apt-get", [...options, "update"]);
  return knows(options, name) ? options : undefined;
}

function knows(options: string[], name: string): boolean {
  return run("apt-cache", [...options, "show", name])?.includes(`Package: ${name}`) ?? false;
}

/** The libraries that a package needs, directly or not, and that are not installed. */
function missingLibraries(options: string[], name: string): string[] {
  const unneeded = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map(
    (kind) => `--no-${kind}`,
  );
  const needed = run("apt-cache", [...options, "depends", "--recurse", ...unneeded, name]) ?? "";
  const installed = run("dpkg-query", ["-W", "-f", "$" + "{db:Status-Abbrev}|$" + "{Package}\n"]) ?? "";
  const have = new Set(
    installed.split("\n").flatMap((line) => (line.startsWith("ii") ? line.split("|").slice(1) : [])),
  );
  const libraries = needed.split("\n").filter((line) => /^lib[a-z0-9]/.test(line));
  const isReal = (library: string): boolean => run("apt-cache", [...options, "show", library]) !== undefined;
  return libraries.filter((library) => !have.has(library) && isReal(library));
}

function run(command: string, options: string[], cwd?: string): string | undefined {
  const { status, stdout } = spawnSync(command, options, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? stdout : undefined;
}
