import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate } from "node:timers/promises";
import type { NodeAPI } from "node-red";
import { StatusLine } from "../../nodes/node-red/status-line.ts";
import { CommandQueue } from "../../nodes/octoprint/commands/command-queue.ts";
import { commandNames, commands, isCommand } from "../../nodes/octoprint/commands/commands-table.ts";
import { Controller } from "../../nodes/octoprint-control/controller.ts";
import { type ControlSettings, controlDefaults } from "../../nodes/octoprint-control/settings.ts";
import { isPrinter } from "../../nodes/octoprint-printer/printer-node.ts";
import { isServer } from "../../nodes/octoprint-server/server-node.ts";
import { parseAddress } from "../../nodes/server/address.ts";
import { Camera } from "../../nodes/server/camera.ts";
import type { Answer, Bytes, Method, UploadFile } from "../../nodes/server/message.ts";
import { OctoPrintApi } from "../../nodes/server/octoprint-api.ts";
import { failure } from "../../nodes/server/problem.ts";
import { Random } from "../faults/random.ts";
import { loadFlow, type Message } from "../support/runtime.ts";
import { tab } from "./flow.ts";
import { serverNode, serverPrinter, withKey } from "./octoprint.ts";

const states = ["Operational", "Printing", "Pausing", "Paused", "Offline", "Error", "Starting", "Connecting", "?", ""];
const profiles = [{ name: "PLA", extruder: 215, bed: 60 }];
const temperature = { tool0: { actual: 21, target: 0 }, bed: { actual: 60, target: 60 }, profiles };

/** An OctoPrint that answers anything at all, and takes note of what it is told to do. */
class AnyOctoPrint extends OctoPrintApi {
  random = new Random(13);
  readonly told: string[] = [];

  constructor() {
    const parsed = parseAddress("octopi.local");
    if (!parsed.ok) throw new Error("no address");
    super({ address: parsed.address, apiKey: "key", proxyUser: "", proxyPassword: "", tls: {} });
  }

  #refusal(): Answer | undefined {
    if (this.random.next() < 0.6) return undefined;
    const status = this.random.of([400, 403, 404, 409, 415, 500]);
    return {
      ...failure(status === 403 ? "forbidden" : "conflict", { user: "kay", reason: "no" }),
      status,
      reason: "no",
    };
  }

  override get(path: string): Promise<Answer> {
    const job = { state: this.random.of(states), job: { file: { path: this.random.of(["a.gcode", null]) } } };
    const body = { ...job, temperature, type: this.random.of(["folder", "machinecode"]), isPSUOn: true, name: "kay" };
    const answer = path === "api/currentuser" ? undefined : this.#refusal();
    return Promise.resolve(
      answer ?? { ok: true, status: 200, body: this.random.of([body, body, body, body, body, null, [], "x"]) },
    );
  }

  override request(method: Method, path: string, body: object | undefined): Promise<Answer> {
    this.told.push(`${method} ${path} ${body === undefined ? "" : JSON.stringify(body)}`);
    return Promise.resolve(
      this.#refusal() ?? { ok: true, status: 204, body: this.random.of([undefined, {}, null, []]) },
    );
  }

  override async bytes(method: Method, path: string, body: object | undefined): Promise<Answer<Bytes>> {
    if (method !== "GET") await this.request(method, path, body);
    const bytes = this.random.of([Buffer.alloc(0), Buffer.from("{"), Buffer.from([0xff, 0xd8, 0xff, 0])]);
    return {
      ok: true,
      status: 200,
      body: { bytes, contentType: this.random.of(["application/json", "image/jpeg", ""]) },
    };
  }

  override upload(path: string, file: UploadFile, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.request("POST", path, { file: file.name, fields });
  }
}

const target = (most: number): string => `(?:${most}|${most - 1}|[12]?\\d{1,2})(?:\\.\\d+)?`;
const file = "(?:local|sdcard|printer)/[^\\s?#/][^\\s?#]*";
const distance = '"[xyz]":-?(?:200|1?\\d{1,2}(?:\\.\\d+)?|[\\d.]+e-\\d+)';
/** All that may ever be said, written down once more. */
const allowed = [
  `POST /api/files/${file} \\{"command":"select"(?:,"print":true)?\\}`,
  'POST /api/job \\{"command":"(?:pause","action":"(?:pause|resume)|cancel|restart)"\\}',
  `POST /api/printer/tool \\{"command":"target","targets":\\{(?:"tool[0-4]":${target(300)},?)+\\}\\}`,
  `POST /api/printer/bed \\{"command":"target","target":${target(120)}\\}`,
  `POST /api/printer/chamber \\{"command":"target","target":${target(80)}\\}`,
  'POST /api/printer/printhead \\{"command":"home","axes":\\["[xyz]"(?:,"[xyz]"){0,2}\\]\\}',
  `POST /api/printer/printhead \\{"command":"jog"(?:,${distance}){1,3}(?:,"speed":\\d{1,5})?(?:,"absolute":(?:true|false))?(?:,${distance}){0,3}(?:,"speed":\\d{1,5})?(?:,"absolute":(?:true|false))\\}`,
  'POST /api/printer/tool \\{"command":"extrude",(?:"speed":\\d{1,5},)?"amount":-?(?:100|\\d{1,2}(?:\\.\\d+)?)(?:,"speed":\\d{1,5})?\\}',
  'POST /api/printer/tool \\{"command":"select","tool":"tool\\d"\\}',
  'POST /api/printer/(?:printhead \\{"command":"feedrate|tool \\{"command":"flowrate)","factor":(?:[1-9]\\d|[12]\\d\\d|300)\\}',
  'POST /api/printer/command \\{"commands":\\["[^\\n]*"\\]\\}',
  'POST /api/printer/command \\{"command":"M112"\\}',
  'POST /api/connection \\{"command":"(?:connect|disconnect)"[^{}]*\\}',
  'POST /api/plugin/psucontrol \\{"command":"turnPSU(?:On|Off)"\\}',
  "POST /api/system/commands/core/(?:shutdown|reboot|restart) ",
  `DELETE /api/files/${file} `,
  'POST /api/files/(?:local|sdcard|printer) \\{"file":"[^/]+","fields":\\{.*\\}\\}',
  "GET /api/files(?:/local/[^\\s?#]+)?(?:\\?recursive=true)? ",
  "(?:POST|PUT|PATCH|DELETE) /[^/\\s#][^\\s#]* .*",
].map((pattern) => new RegExp(`^${pattern}$`));

const names = [
  ..."path location tool0 tool1 bed chamber profile axes x y z speed absolute amount tool percent lines port".split(
    " ",
  ),
  ..."baudrate power force action filename folder print overwrite recursive method body __proto__ constructor".split(
    " ",
  ),
];

/** Values that fit somewhere, and values that fit nowhere. */
function value(random: Random, depth = 0): unknown {
  const simple: readonly unknown[] = [
    ...[0, -0, 1, 60, 99, 100, 200, 210, 300, 301, 1e9, -5, 0.1, 105.7, Number.NaN, Number.POSITIVE_INFINITY, 2n],
    ...[
      "",
      "on",
      "off",
      "x",
      "PLA",
      "restart",
      "local",
      "printer",
      "210",
      "0x10",
      "1e3",
      "a.gcode",
      "../x",
      "/api/job",
    ],
    ...["//evil", "G28\nM112", "M117 ü\u0000", "\ud800", "true", "http://e/", "/api/a?apikey=1", "a/b c.gcode", "G28"],
    ...[
      true,
      false,
      null,
      undefined,
      Symbol("s"),
      () => 1,
      new Date(0),
      /x/,
      new Map(),
      Buffer.from("G28"),
      Buffer.alloc(0),
    ],
  ];
  const kind = random.whole(0, 9);
  if (kind < 7 || depth > 2) return random.of(simple);
  if (kind === 7) return Array.from({ length: random.whole(0, 3) }, () => value(random, depth + 1));
  if (kind === 8) return Object.assign(Object.create(null), parameters(random, depth + 1));
  return parameters(random, depth + 1);
}

function parameters(random: Random, depth = 1, known: readonly string[] = names): object {
  const found: Record<string, unknown> = {};
  for (let count = random.whole(0, 3); count > 0; count--) {
    Object.defineProperty(found, random.of(known), {
      value: value(random, depth),
      enumerable: true,
      configurable: true,
    });
  }
  return found;
}

function message(random: Random): Message {
  const msg: Message = { _msgid: "1" };
  msg.command = random.whole(0, 19) === 0 ? value(random) : random.of(commandNames);
  const row = isCommand(msg.command) ? commands[msg.command] : undefined;
  // Half of the parameters are the command's own, and some are right: else hardly any would pass.
  const own = Object.keys(row?.parameters.properties ?? {});
  const known = own.length > 0 && random.once(2) ? own : names;
  if (random.whole(0, 4) > 0) msg.payload = random.whole(0, 2) > 0 ? parameters(random, 1, known) : value(random);
  if (row !== undefined && random.once(10)) msg.payload = { ...row.example.parameters };
  for (const property of ["filename", "folder", "print", "retain", "timestamp", "printer", "location"]) {
    if (random.whole(0, 5) === 0) msg[property] = value(random);
  }
  return msg;
}

/** @example saidFirst('POST /api/job {"command":"cancel"}') // "POST /api/job" */
const saidFirst = (said: string): string => said.split(" ").slice(0, 2).join(" ");

for (const [wait, count] of [
  ["accepted", 100_000],
  ["happened", 10_000],
] as const) {
  test(`${count} msgs of any shape, each ends once (${wait}), and nothing is sent that may not be`, async (t) => {
    const random = new Random(13);
    let RED: NodeAPI | undefined;
    const flow = [
      tab,
      serverNode("http://127.0.0.1:1"),
      serverPrinter(),
      { id: "c", z: "tab", type: "sink", wires: [] },
    ];
    const grab = (api: NodeAPI): void => {
      RED = api;
    };
    const runtime = await loadFlow(t, flow, { ...withKey, nodes: [grab] });
    const [printer, server, node] = [runtime.node("p"), runtime.node("s"), runtime.node("c")];
    assert.ok(isPrinter(printer) && isServer(server) && server.client.ok && RED !== undefined);
    const octoprint = new AnyOctoPrint();
    // Every clock and timer of the nodes is the test's own: how fast the machine is changes nothing.
    let clock = 0;
    const now = (): number => clock;
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const pass = (ms: number): void => {
      clock += ms;
      t.mock.timers.tick(ms);
    };
    server.client = { ...server.client, api: octoprint, camera: new Camera(octoprint, "", now) };
    const queue = new CommandQueue(now);
    printer.commandQueue = () => queue;
    const settings: ControlSettings = { ...controlDefaults, command: "msg", allowed: commandNames, wait, timeout: "5" };
    const status = new StatusLine(
      () => undefined,
      () => "",
    );
    const controller = new Controller(RED, node, settings, printer, status);
    const done = new Set<unknown>();
    let sent = 0;
    try {
      for (let given = 0; given < count; given++) {
        // What it answers depends on the msg alone.
        octoprint.random = new Random(given);
        const msg = message(random);
        const outcomes: (Error | undefined)[] = [];
        let sends = 0;
        controller.input(
          msg,
          () => {
            sends++;
          },
          (error) => outcomes.push(error),
        );
        pass(1000);
        // Every request is answered at once: what is open after that waits for time to pass.
        for (let seconds = 0; outcomes.length === 0 && seconds < 20; seconds++) {
          await setImmediate();
          if (outcomes.length === 0) pass(1000);
        }
        assert.equal(outcomes.length, 1, `msg ${given}`);
        const [error] = outcomes;
        assert.equal(sends, error === undefined ? 1 : 0);
        const code = error !== undefined && "code" in error ? String(error.code) : "";
        assert.notEqual(code, "command-failed", error?.message);
        if (error === undefined) {
          sent++;
          done.add(msg.command);
        }
      }
    } finally {
      controller.close();
      t.mock.timers.reset();
    }
    const failed = count - sent;
    assert.ok(sent > count / 50 && failed > count / 50, `${sent} msgs went on, ${failed} did not`);
    const wrong = octoprint.told.filter((said) => !allowed.some((pattern) => pattern.test(said)));
    assert.deepEqual([...new Set(wrong)].slice(0, 10), []);
    const kinds = new Set(octoprint.told.map(saidFirst));
    assert.ok(kinds.size > 10, [...kinds].join(", "));
    // Else nothing was tried of some command but how it is refused.
    if (wait === "accepted") assert.deepEqual([...done].sort(), [...commandNames].sort());
  });
}
