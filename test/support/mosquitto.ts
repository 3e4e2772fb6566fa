import { type ChildProcess, spawn } from "node:child_process";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cleanup, type Scope } from "./cleanup.ts";
import { findDebianBinary } from "./debian-binary.ts";
import { Mailbox } from "./mailbox.ts";
import { freePort } from "./ports.ts";

export interface MosquittoOptions {
  /** Further lines of mosquitto.conf. They come after the listener, so they can belong to it. */
  readonly conf?: readonly string[];
  /** Files for these lines, by name; in `conf`, `{dir}` is the folder that holds them. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is retained and queued survives `kill()` and `restart()`. */
  readonly persistence?: boolean;
  /** Anybody may connect (the default), or only who is in a password file of `conf`. */
  readonly anonymous?: boolean;
}

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** The broker's log, for questions like "was there a second SUBSCRIBE?". */
  readonly log: Mailbox<string>;
  /** Ends it at once, by default without leave to save anything; `restart()` starts it again. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Freezes it (connections stay, nothing is read) until `resume()`. */
  pause(): void;
  resume(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The `skip` of a test that needs mosquitto: false where it is to be had, else the reason. With CI=true always false,
 * so that the test runs, and fails with the reason.
 *
 * @example test("stored messages come once", { skip: withoutMosquitto() }, async (t) => { … });
 */
export function withoutMosquitto(): string | false {
  const binary = findDebianBinary("mosquitto");
  return binary.ok || process.env.CI === "true" ? false : binary.reason;
}

/** The text of a password file, for `files` and the line `password_file {dir}/<its name>`. */
export function passwordFile(users: Readonly<Record<string, string>>): string {
  const lines = Object.entries(users).map(([user, password]) => {
    const salt = randomBytes(12);
    const hash = pbkdf2Sync(password, salt, 101, 64, "sha512");
    return `${user}:$7$101$${salt.toString("base64")}$${hash.toString("base64")}\n`;
  });
  return lines.join("");
}

/** Starts mosquitto on a free loopback port; it is stopped at the end of the test. */
export async function startMosquitto(scope: Scope, options: MosquittoOptions = {}): Promise<Mosquitto> {
  const binary = findDebianBinary("mosquitto");
  if (!binary.ok) throw new Error(binary.reason);
  const dir = mkdtempSync(join(tmpdir(), "mosquitto-"));
  cleanup(scope, () => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(dir, name), text, { mode: 0o600 });

  const log = new Mailbox<string>("a line of mosquitto's log");
  let port = await freePort();
  let running: ChildProcess | undefined;

  const start = async (): Promise<boolean> => {
    const conf = join(dir, "mosquitto.conf");
    writeFileSync(conf, configuration(port, dir, options));
    const child = spawn(binary.command, ["-c", conf], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...binary.env },
    });
    if (!(await isUp(child, port, log))) return false;
    running = child;
    return true;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGCONT");
    child.kill(signal);
    await exit;
  };
  cleanup(scope, () => end("SIGTERM"));

  // Somebody else may have taken the port since it was free.
  for (let attempt = 1; !(await start()); attempt++) {
    if (attempt === 5) throw new Error(`mosquitto does not start:\n${log.items.join("\n")}`);
    port = await freePort();
  }
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    log,
    kill: (signal = "SIGKILL") => end(signal),
    pause: () => running?.kill("SIGSTOP"),
    resume: () => running?.kill("SIGCONT"),
    async restart() {
      await end("SIGTERM");
      if (!(await start())) throw new Error(`mosquitto does not start again:\n${log.items.slice(-10).join("\n")}`);
    },
    stop: () => end("SIGTERM"),
  };
}

function configuration(port: number, dir: string, options: MosquittoOptions): string {
  const lines = [
    "log_dest stderr",
    "log_type all",
    // As root it would look for a user of its own, which need not exist and cannot read our folder.
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    ...(options.persistence
      ? ["persistence true", `persistence_location ${dir}/`, "autosave_on_changes true", "autosave_interval 1"]
      : ["persistence false"]),
    `listener ${port} 127.0.0.1`,
    `allow_anonymous ${options.anonymous ?? true}`,
    ...(options.conf ?? []).map((line) => line.replaceAll("{dir}", dir)),
  ];
  return `${lines.join("\n")}\n`;
}

/** True once it accepts connections, false if it ended instead. */
async function isUp(child: ChildProcess, port: number, log: Mailbox<string>): Promise<boolean> {
  if (child.stderr === null) throw new Error("mosquitto was started without a log");
  const lines = createInterface(child.stderr);
  const ready = new Promise<boolean>((resolve) => {
    lines.on("line", (line) => {
      log.push(line);
      if (/mosquitto version \S+ running/.test(line)) resolve(true);
    });
    child.once("exit", () => resolve(false));
    child.once("error", (problem) => {
      log.push(String(problem));
      resolve(false);
    });
  });
  if (!(await ready)) return false;
  const probe = connect(port, "127.0.0.1");
  try {
    await once(probe, "connect");
    return true;
  } catch {
    return false;
  } finally {
    probe.destroy();
  }
}
