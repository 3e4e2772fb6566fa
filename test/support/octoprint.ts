import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";
import { findOctoPrint, type OctoPrintVersion } from "./octoprint-install.ts";
import { freePort } from "./ports.ts";

/** The keys of `OctoPrint`, by what their users may do. */
export interface Keys {
  /** The global key. */
  readonly admin: string;
  /** Of `kay`, of the group users. */
  readonly user: string;
  /** Of `rita`, of the group readonly. */
  readonly readonly: string;
  /** Of `nemo`, who may do nothing. */
  readonly nothing: string;
}

/** A real OctoPrint with a virtual printer, in a folder of its own. */
export interface OctoPrint {
  readonly version: OctoPrintVersion;
  readonly port: number;
  /** `http://127.0.0.1:5000`, without a slash at the end. */
  readonly url: string;
  readonly keys: Keys;
  /** Everything it printed, line by line. */
  readonly lines: Mailbox<string>;
  /** Starts it again, on the same port; comes back when it answers. */
  start(): Promise<void>;
  /** Ends it and waits; `SIGKILL`: as a power cut does. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** A request as admin; anything but success is an error. The parsed answer, `undefined` where it is empty. */
  request(method: string, path: string, body?: object): Promise<unknown>;
  /** Connects the virtual printer and waits until it is operational. */
  connectPrinter(): Promise<void>;
  /** Waits until `GET /api/job` says this state. */
  state(text: string | RegExp): Promise<void>;
  /** Uploads G-code. @param print starts it at once */
  upload(name: string, gcode: string, print?: boolean): Promise<void>;
}

export interface OctoPrintOptions {
  readonly port?: number;
  /** Sent by a proxy as a header, without which OctoPrint knows no prefix. */
  readonly settings?: object;
}

const keys: Keys = {
  admin: "A0000000000000000000000000000001",
  user: "U0000000000000000000000000000002",
  readonly: "R0000000000000000000000000000003",
  nothing: "N0000000000000000000000000000004",
};

/** Whatever would call home, or take long. */
const disabledPlugins = [
  "achievements",
  "announcements",
  "backup",
  "discovery",
  "errortracking",
  "health_check",
  "pluginmanager",
  "softwareupdate",
  "tracking",
];

const settings = {
  server: {
    firstRun: false,
    onlineCheck: { enabled: false },
    pluginBlacklist: { enabled: false },
    seenWizards: { corewizard: 4, classicwebcam: 1 },
    startOnceInSafeMode: false,
  },
  api: { key: keys.admin },
  // So that a key may grant keys: no password is typed in tests.
  accessControl: { defaultReauthenticationTimeout: 0 },
  plugins: {
    _disabled: disabledPlugins,
    virtual_printer: { enabled: true, simulateReset: false, throttle: 0 },
  },
  serial: { port: "VIRTUAL", autoconnect: false },
};

const users = {
  _version: 2,
  ada: user("", "admins"),
  kay: user(keys.user, "users"),
  rita: user(keys.readonly, "readonly"),
  nemo: user(keys.nothing),
};

function user(apikey: string, ...groups: string[]): object {
  return { active: true, apikey: apikey || null, groups, password: "", permissions: [], roles: [], settings: {} };
}

/** Starts an OctoPrint on a free loopback port; it is killed at the end of the scope. Comes back when it answers. */
export async function startOctoPrint(
  scope: Scope,
  version: OctoPrintVersion,
  options: OctoPrintOptions = {},
): Promise<OctoPrint> {
  const found = findOctoPrint(version);
  if (!found.ok) throw new Error(found.reason);
  const folder = mkdtempSync(join(tmpdir(), "octoprint-"));
  cleanup(scope, () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  // JSON is YAML.
  writeFileSync(join(folder, "config.yaml"), JSON.stringify({ ...settings, ...options.settings }));
  writeFileSync(join(folder, "users.yaml"), JSON.stringify(users));
  const octoPrint = new Process(version, found.command, folder, options.port ?? (await freePort()));
  cleanup(scope, () => octoPrint.stop("SIGKILL"));
  await octoPrint.start();
  return octoPrint;
}

/** How long between two questions, ms: nothing tells when OctoPrint is ready. */
const pollPause = 100;
const patience = 60_000;

class Process implements OctoPrint {
  readonly version: OctoPrintVersion;
  readonly port: number;
  readonly keys = keys;
  readonly lines = new Mailbox<string>("a line of OctoPrint's log");
  readonly #command: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(version: OctoPrintVersion, command: string, folder: string, port: number) {
    this.version = version;
    this.#command = command;
    this.#folder = folder;
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const options = ["--basedir", this.#folder, "--host", "127.0.0.1", "--port", `${this.port}`];
    const child = spawn(this.#command, ["serve", "--iknowwhatimdoing", ...options], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, HOME: this.#folder },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => this.lines.push(line));
    }
    await this.#until("OctoPrint answers", async () => {
      if (child.exitCode !== null)
        throw new Error(`OctoPrint does not start:\n${this.lines.items.slice(-30).join("\n")}`);
      const response = await this.#fetch("GET", "api/version");
      return response.ok;
    });
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  async request(method: string, path: string, body?: object): Promise<unknown> {
    const response = await this.#fetch(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async connectPrinter(): Promise<void> {
    await this.request("POST", "api/connection", { command: "connect", port: "VIRTUAL" });
    await this.state("Operational");
  }

  async state(wanted: string | RegExp): Promise<void> {
    await this.#until(`the state is ${wanted}`, async () => {
      const job = await this.request("GET", "api/job");
      const text = typeof job === "object" && job !== null && "state" in job ? `${job.state}` : "";
      return typeof wanted === "string" ? text === wanted : wanted.test(text);
    });
  }

  async upload(name: string, gcode: string, print = false): Promise<void> {
    const form = new FormData();
    form.append("file", new Blob([gcode]), name);
    if (print) form.append("print", "true");
    const headers = { "X-Api-Key": keys.admin };
    const response = await fetch(`${this.url}/api/files/local`, { method: "POST", headers, body: form });
    if (!response.ok) throw new Error(`upload: ${response.status} ${await response.text()}`);
  }

  #fetch(method: string, path: string, body?: object): Promise<Response> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { "X-Api-Key": keys.admin, ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
    return fetch(`${this.url}/${path}`, { method, headers, ...json });
  }

  async #until(what: string, happened: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + patience;
    while (!(await happened().catch(isConnectionError))) {
      if (Date.now() > end) throw new Error(`waited in vain until ${what}:\n${this.lines.items.slice(-20).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, pollPause));
    }
  }
}

/** What `fetch` throws while nobody answers; anything else is a fault. */
function isConnectionError(error: unknown): false {
  if (error instanceof TypeError) return false;
  throw error;
}

/** The reason for which tests cannot be run with this OctoPrint; `false`: they can. */
export function withoutOctoPrint(version: OctoPrintVersion): string | false {
  const found = findOctoPrint(version);
  return found.ok ? false : found.reason;
}

/** G-code that does nothing for so many seconds, which is printing to OctoPrint. */
export function dwell(seconds: number): string {
  return `${"G4 P100\n".repeat(seconds * 10)}M117 done\n`;
}
