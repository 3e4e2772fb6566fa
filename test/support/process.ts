import { type ChildProcess, spawn } from "node:child_process";
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";
import { nodeRedCommand, packageDir, packageName } from "./node-red.ts";
import { readManifest } from "./packed.ts";
import { freePort } from "./ports.ts";

export interface NodeRedOptions {
  readonly flows?: readonly object[];
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Merged into settings.js, for example `{ lang: "de" }` or `{ httpAdminRoot: "/admin" }`. */
  readonly settings?: object;
  /** Environment of the process, for flows with `${NAME}`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The editor's port; else a free one. */
  readonly port?: number;
  /** Also with Dashboard 2.0, which is a development dependency; it makes the start longer. */
  readonly dashboard?: boolean;
  /** A folder whose `node_modules` hold the package, such as `installPacked()` makes; else a new one, with what is built. */
  readonly userDir?: string;
}

export interface NodeRedProcess {
  /** The editor's address, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  readonly userDir: string;
  /** Everything it printed, line by line. */
  readonly lines: Mailbox<string>;
  /** Waits for a line of the log; it may have come already. */
  waitFor(line: RegExp): Promise<string>;
  /** Warnings and errors it printed; not the one that every Node-RED without projects prints. */
  warnings(): string[];
  /** A request to the admin API; anything but success is an error. */
  get(path: string, accept?: string): Promise<Response>;
  deploy(flows: readonly object[], type?: "full" | "flows" | "nodes"): Promise<void>;
  /** Presses the button of an inject node. */
  inject(id: string): Promise<void>;
  /** Comes when it has ended, by `stop()` or by itself: the exit code. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, and waits; the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a real Node-RED with our built package in a user directory of its own; it is stopped at the end of the scope.
 * Comes back when the flows have started.
 */
export async function startNodeRed(scope: Scope, options: NodeRedOptions = {}): Promise<NodeRedProcess> {
  const userDir = options.userDir ?? newUserDir(scope);
  const secret = randomBytes(16).toString("hex");
  writeFileSync(join(userDir, "flows.json"), JSON.stringify(options.flows ?? []));
  writeFileSync(join(userDir, "flows_cred.json"), JSON.stringify(encrypted(options.credentials ?? {}, secret)));

  const lines = new Mailbox<string>("a line of Node-RED's log");
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    // Node-RED looks for nodes in every node_modules above its own folder.
    const nodesExcludes = options.dashboard ? [] : ["node-red-dashboard"];
    const settings = { ...defaults, uiPort: port, credentialSecret: secret, nodesExcludes, ...options.settings };
    writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings, null, 2)};\n`);
    const child = spawn(process.execPath, [nodeRedCommand, "-u", userDir, "-s", join(userDir, "settings.js")], {
      cwd: userDir,
      env: { ...processEnvironment(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    cleanup(scope, async () => {
      await stop(child);
    });
    if (await isUp(child, lines)) return handle(child, `http://127.0.0.1:${port}`, userDir, lines);
    // Somebody else may have taken the port since it was free.
    if (attempt === 3 || !lines.items.some((line) => line.includes("port in use"))) {
      throw new Error(`Node-RED does not start:\n${lines.items.join("\n")}`);
    }
  }
}

const defaults = {
  uiHost: "127.0.0.1",
  flowFile: "flows.json",
  lang: "en-US",
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, palette: { catalogues: [] } },
  externalModules: { palette: { allowInstall: false } },
  logging: { console: { level: "info", metrics: false, audit: false } },
};

function newUserDir(scope: Scope): string {
  const userDir = mkdtempSync(join(tmpdir(), "node-red-"));
  cleanup(scope, () => rmSync(userDir, { recursive: true, force: true }));
  installPackage(userDir);
  return userDir;
}

/** Puts into a user directory what `npm install` would: what package.json's `files` names, and its dependencies. */
export function installPackage(userDir: string): void {
  const target = join(userDir, "node_modules", packageName);
  if (!existsSync(join(packageDir, "dist"))) throw new Error("the package is not built: npm run build");
  for (const part of ["package.json", "README.md", "LICENSE", "dist", "resources", "examples"]) {
    const source = join(packageDir, part);
    if (existsSync(source)) cpSync(source, join(target, part), { recursive: true });
  }
  for (const dependency of Object.keys(readManifest().dependencies)) {
    const link = join(userDir, "node_modules", dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(packageDir, "node_modules", dependency), link, "junction");
  }
  const dependencies = { [packageName]: "*" };
  writeFileSync(
    join(userDir, "package.json"),
    JSON.stringify({ name: "node-red-project", private: true, dependencies }),
  );
}

/** Credentials as Node-RED stores them: it warns about those that are not encrypted. */
function encrypted(credentials: object, secret: string): object {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-ctr", createHash("sha256").update(secret).digest(), iv);
  return {
    $: iv.toString("hex") + cipher.update(JSON.stringify(credentials), "utf8", "base64") + cipher.final("base64"),
  };
}

/** Without what belongs to the test runner: its coverage, its loader, its reporter. */
function processEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, NODE_TEST_CONTEXT, PORT, NODE_RED_HOME, ...rest } = process.env;
  return rest;
}

async function isUp(child: ChildProcess, lines: Mailbox<string>): Promise<boolean> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("Node-RED was started without a log");
  return new Promise((resolve) => {
    for (const stream of [stdout, stderr]) {
      createInterface(stream).on("line", (line) => {
        lines.push(line);
        if (line.includes("Started flows")) resolve(true);
      });
    }
    child.once("exit", () => resolve(false));
  });
}

async function hasEnded(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  const ended = hasEnded(child);
  child.kill(signal);
  return ended;
}

function handle(child: ChildProcess, url: string, userDir: string, lines: Mailbox<string>): NodeRedProcess {
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(`${url}${path}`, init);
    if (!response.ok) throw new Error(`${init.method ?? "GET"} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    url,
    pid: child.pid ?? Number.NaN,
    userDir,
    lines,
    waitFor: (line) => lines.next((text) => line.test(text)),
    warnings: () =>
      lines.items.filter((line) => /\[(warn|error|fatal)\]/.test(line) && !line.includes("Projects disabled")),
    get: (path, accept = "application/json") => request(path, { headers: { Accept: accept } }),
    async deploy(flows, type = "full") {
      const headers = { "Content-Type": "application/json", "Node-RED-Deployment-Type": type };
      await request("/flows", { method: "POST", headers, body: JSON.stringify(flows) });
    },
    async inject(id) {
      await request(`/inject/${id}`, { method: "POST" });
    },
    ended: hasEnded(child),
    stop: (signal) => stop(child, signal),
  };
}
