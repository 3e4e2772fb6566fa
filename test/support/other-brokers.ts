import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";
import { freePort } from "./ports.ts";
import { run, type Tool, tools } from "./tools.ts";

/** A broker that runs as a program of its own, with its default configuration. */
export interface OtherBroker {
  readonly name: string;
  /** The protocols that it speaks. */
  readonly protocols: readonly ("MQTTv311" | "MQTTv5")[];
  /** The program, installed where that has not been done; slow the first time. */
  find(): Tool;
  /** Starts it on a free loopback port, with one user (`joe`, `secret`) or with none; it ends with the test. */
  start(scope: Scope, withUser: boolean): Promise<string>;
}

/**
 * The `skip` of a test that needs such a broker: false where it is to be had, else the reason. With CI=true false as well
 * where there is a tool to install it with, so that the test runs, and fails with the reason.
 */
export function without({ name, find }: OtherBroker): string | false {
  const tool = find();
  return tool.ok ? false : `${name}: ${tool.reason}`;
}

/** A broker in Go. */
export const mochi: OtherBroker = {
  name: "mochi-mqtt",
  protocols: ["MQTTv311", "MQTTv5"],
  find: onlyOnce(() => {
    const command = join(tools, "mochi-broker");
    if (existsSync(command)) return { ok: true, command };
    if (!run("go", ["version"]).ok) return { ok: false, reason: "there is no go to build it with" };
    const built = run("go", ["build", "-o", command, "."], join(__dirname, "mochi"));
    return built.ok ? { ok: true, command } : required(built.reason);
  }),
  start: (scope, withUser) =>
    startProgram(scope, mochi, (port) => ({
      options: [`127.0.0.1:${port}`, ...(withUser ? ["joe", "secret"] : [])],
      ready: /^ready/,
    })),
};

/** "secret", as a password file of amqtt has it. */
const secret =
  "$6$rounds=1000$printers$plS1F58/oUavzRixfw3Fw6WzFE8ouh/NL2D0BfR3YSDhpx10WhkODzNlkFrLnzf6iDpdulONuwWNo4pJSlBcl0";

/** A broker in Python. */
export const amqtt: OtherBroker = {
  name: "amqtt",
  protocols: ["MQTTv311"],
  find: onlyOnce(() => {
    const folder = join(tools, "amqtt");
    const command = join(folder, "bin/amqtt");
    if (existsSync(command)) return { ok: true, command };
    if (!run("python3", ["-m", "venv", "--help"]).ok) return { ok: false, reason: "there is no python3 with venv" };
    const made = run("python3", ["-m", "venv", folder]);
    if (!made.ok) return required(made.reason);
    const installed = run(join(folder, "bin/pip"), ["install", "--quiet", "amqtt==0.11.3"]);
    return installed.ok ? { ok: true, command } : required(installed.reason);
  }),
  start: (scope, withUser) =>
    startProgram(scope, amqtt, (port, dir) => {
      const conf = join(dir, "amqtt.yaml");
      writeFileSync(join(dir, "users"), `joe:${secret}\n`);
      const plugin = withUser
        ? ["FileAuthPlugin", `password_file: ${join(dir, "users")}`]
        : ["AnonymousAuthPlugin", "allow_anonymous: true"];
      const lines = [
        "listeners:",
        "  default:",
        "    type: tcp",
        `    bind: 127.0.0.1:${port}`,
        "plugins:",
        `  amqtt.plugins.authentication.${plugin[0]}:`,
        `    ${plugin[1]}`,
      ];
      writeFileSync(conf, `${lines.join("\n")}\n`);
      return { options: ["-c", conf], ready: /Listener 'default' bind to/ };
    }),
};

interface Program {
  readonly options: readonly string[];
  /** The line of its output that says that it listens. */
  readonly ready: RegExp;
}

/** In CI, what could be installed must be there: the test fails with the reason. */
function required(reason: string): Tool {
  if (process.env.CI === "true") throw new Error(reason);
  return { ok: false, reason };
}

function onlyOnce(find: () => Tool): () => Tool {
  let found: Tool | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

async function startProgram(
  scope: Scope,
  broker: OtherBroker,
  program: (port: number, dir: string) => Program,
): Promise<string> {
  const tool = broker.find();
  if (!tool.ok) throw new Error(tool.reason);
  const dir = mkdtempSync(join(tmpdir(), "broker-"));
  cleanup(scope, () => rmSync(dir, { recursive: true, force: true }));
  const log = new Mailbox<string>(`a line of ${broker.name}'s output`);
  // Somebody else may take the port before the broker does.
  for (let attempt = 1; attempt <= 5; attempt++) {
    const port = await freePort();
    const { options, ready } = program(port, dir);
    const child = spawn(tool.command, [...options], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
    cleanup(scope, () => end(child));
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", (line) => log.push(line));
    const ended = once(child, "exit").then(() => false);
    if (await Promise.race([log.next((line) => ready.test(line)).then(() => true), ended])) {
      return `mqtt://127.0.0.1:${port}`;
    }
  }
  throw new Error(`${broker.name} does not start:\n${log.items.join("\n")}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
