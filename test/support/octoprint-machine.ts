import type { SeenRequest, StandIn, StandInAnswer } from "./octoprint-stand-in.ts";

/** What a client does to the printer; what OctoPrint asks only about itself is left out. */
export interface Done {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

interface Body {
  readonly command?: string;
  readonly action?: string;
  readonly print?: unknown;
  readonly targets?: object;
  readonly target?: unknown;
}

const empty = { status: 204 };
const notOperational = { status: 409, body: { error: "Printer is not operational" } };

/** The printer behind a stand-in of OctoPrint: it takes commands as 1.3, 1.11 and 2.0 do, and does them when told. */
export class Machine {
  readonly #octoprint: StandIn;
  readonly #major: number;
  /** OctoPrint's word for the state. */
  state = "Operational";
  /** What each command leads to: `{ pause: "Paused" }`; what is not here changes nothing, as with a stuck printer. */
  readonly leads: Record<string, string> = {
    start: "Printing",
    pause: "Paused",
    resume: "Printing",
    cancel: "Operational",
    restart: "Starting",
    connect: "Operational",
    disconnect: "Offline",
  };
  file: string | null = null;
  files = new Set(["cube.gcode", "parts/cube.gcode"]);
  powered: boolean | undefined;
  readonly targets: Record<string, number> = { tool0: 0, bed: 0 };
  actual = 21;
  /** What is done to it, in order. */
  readonly done: Done[] = [];

  constructor(octoprint: StandIn, version = "1.11.8") {
    this.#octoprint = octoprint;
    this.#major = Number.parseInt(version, 10);
    octoprint.intercept = (request) => this.#answer(request);
  }

  get #operational(): boolean {
    return !/^(Offline|Error|Closed|Connecting|Detecting)/.test(this.state);
  }

  get #busy(): boolean {
    return this.#operational && this.state !== "Operational";
  }

  #show(): void {
    const name = this.file;
    const origin = name === null ? null : "local";
    const completion = this.#busy ? 12.5 : null;
    this.#octoprint.job = {
      state: this.state,
      ...(this.#major >= 2 ? { error: null } : {}),
      job: { file: { name, path: name, display: name, origin, size: 100, date: 1 } },
      progress: { completion, printTime: this.#busy ? 60 : null, printTimeLeft: this.#busy ? 420 : null },
    };
    const temperature: Record<string, object> = {};
    for (const [heater, target] of Object.entries(this.targets))
      temperature[heater] = { actual: this.actual, target, offset: 0 };
    this.#octoprint.printer = this.#operational ? { temperature } : undefined;
  }

  #answer(request: SeenRequest): StandInAnswer | undefined {
    this.#show();
    const key = request.headers["x-api-key"];
    const path = request.path.replace(/\?.*$/, "");
    if (typeof key !== "string" || !this.#octoprint.users.has(key)) return undefined;
    if (request.method === "GET") return this.#read(path);
    if (path === "/api/login") return undefined;
    const json = /json/.test(request.headers["content-type"] ?? "");
    const body = json ? JSON.parse(request.body.toString("utf8")) : request.body.toString("latin1");
    this.done.push({ method: request.method, path, body });
    return this.#command(request.method, path, body);
  }

  #read(path: string): StandInAnswer | undefined {
    const [, file] = /^\/api\/files\/local\/(.+)$/.exec(path) ?? [];
    if (file !== undefined) return this.#entry(decodeURIComponent(file));
    switch (path) {
      case "/api/files":
        return {
          status: 200,
          body: { files: [...this.files].map((name) => ({ name, path: name, origin: "local", type: "machinecode" })) },
        };
      case "/api/settings":
        return {
          status: 200,
          body: {
            api: { key: "SECRET" },
            webcam: { flipH: true, flipV: false, rotate90: false },
            temperature: { profiles: [{ name: "PLA", extruder: 215, bed: 60 }] },
          },
        };
      case "/api/printerprofiles":
        return {
          status: 200,
          body: {
            profiles: {
              _default: {
                current: true,
                extruder: { count: 1 },
                heatedBed: true,
                volume: { width: 250, depth: 210, height: 200 },
              },
            },
          },
        };
      case "/api/connection":
        return {
          status: 200,
          body: { current: { state: this.state, port: this.#operational ? "VIRTUAL" : null, baudrate: 0 } },
        };
      case "/api/plugin/psucontrol":
        return this.powered === undefined
          ? { status: 404, body: {} }
          : { status: 200, body: { isPSUOn: this.powered } };
    }
    return undefined;
  }

  #entry(name: string): StandInAnswer {
    if (name === "parts")
      return { status: 200, body: { name, path: name, type: "folder", origin: "local", children: [] } };
    return this.files.has(name)
      ? { status: 200, body: { name, path: name, type: "machinecode", origin: "local" } }
      : { status: 404, body: { error: "not found" } };
  }

  #command(method: string, path: string, body: Body): StandInAnswer {
    const { command = "" } = body;
    if (path === "/api/connection") return this.#go(command);
    if (path === "/api/plugin/psucontrol") return this.#switch(command);
    if (path.startsWith("/api/system/commands/core/"))
      return path.endsWith("restart") ? empty : { status: 404, body: {} };
    if (path === "/api/files/local") return this.#upload(String(body));
    if (path.startsWith("/api/files/local/"))
      return this.#fileCommand(method, decodeURIComponent(path.slice(17)), body);
    if (!this.#operational) return notOperational;
    if (path === "/api/job") return this.#job(command, String(body.action));
    if (path === "/api/printer/tool" && command === "target") Object.assign(this.targets, body.targets);
    if (path === "/api/printer/bed") this.targets.bed = Number(body.target);
    return empty;
  }

  #go(command: string): StandInAnswer {
    this.state = this.leads[command] ?? this.state;
    return empty;
  }

  #job(command: string, action: string): StandInAnswer {
    if (command === "restart" ? this.state !== "Paused" : !this.#busy) {
      return {
        status: 409,
        body: this.#major < 2 && command === "cancel" ? "Printer is neither printing nor paused" : { error: "no" },
      };
    }
    return this.#go(command === "pause" ? action : command);
  }

  #switch(command: string): StandInAnswer {
    if (this.powered === undefined) return { status: 400, body: { error: "No such plugin: psucontrol" } };
    this.powered = command === "turnPSUOn";
    return empty;
  }

  #fileCommand(method: string, name: string, { print }: Body): StandInAnswer {
    if (!this.files.has(name)) return { status: 404, body: { error: "not found" } };
    if (method === "DELETE") {
      this.files.delete(name);
      return empty;
    }
    // Also when it is merely not connected.
    if (!this.#operational || this.#busy)
      return { status: 409, body: { error: "Printer is already printing, cannot select a new file" } };
    this.file = name;
    return print === true ? this.#go("start") : empty;
  }

  #upload(form: string): StandInAnswer {
    const [, name = ""] = /filename="([^"]*)"/.exec(form) ?? [];
    if (this.files.has(name) && form.includes("noOverwrite")) return { status: 409, body: { error: "exists" } };
    this.files.add(name);
    const print = /name="print"\r\n\r\ntrue/.test(form);
    if (print) {
      this.file = name;
      this.#go("start");
    }
    const local = { name, path: name, origin: "local", refs: {} };
    return { status: 201, body: { files: { local }, done: true, effectiveSelect: print, effectivePrint: print } };
  }
}
