import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { EventRow } from "../../../nodes/octoprint/events/event-row.ts";
import {
  classOf,
  type EventClass,
  type EventPayloads,
  eventClasses,
  events,
  eventsByClass,
  isEventName,
  retainedEvents,
  selects,
} from "../../../nodes/octoprint/events/events.ts";
import { generatedDocs } from "../../support/docs.ts";

const rows = Object.entries<EventRow>(events);

const scripts = [
  "BeforePrintStarted",
  "AfterPrintDone",
  "AfterPrintCancelled",
  "AfterPrintPaused",
  "BeforePrintResumed",
].flatMap((name) => [`GcodeScript${name}Running`, `GcodeScript${name}Finished`]);

describe("the class of an event", () => {
  const inThePlugin: { [name in EventClass]?: string } = {
    server: "Startup Shutdown ClientOpened ClientClosed ConnectivityChanged",
    comm: "Connecting Connected Disconnecting Disconnected Error PrinterStateChanged",
    files:
      "Upload FileAdded FileRemoved FolderAdded FolderRemoved UpdatedFiles MetadataAnalysisStarted MetadataAnalysisFinished FileSelected FileDeselected TransferStarted TransferFailed TransferDone",
    printjob: "PrintStarted PrintFailed PrintDone PrintCancelled PrintPaused PrintResumed",
    gcode: "PowerOn PowerOff Home Dwelling Waiting Cooling Alert Conveyor Eject EStop ToolChange",
    position: "ZChange PositionUpdate",
    timelapse: "CaptureStart CaptureFailed CaptureDone MovieRendering MovieFailed",
    slicing:
      "SlicingStarted SlicingDone SlicingCancelled SlicingFailed SlicingProfileAdded SlicingProfileDeleted SlicingProfileModified",
    settings: "SettingsUpdated",
  };
  const unclassifiedInThePlugin: { [name in EventClass]?: string } = {
    server: "ClientAuthed ClientDeauthed UserLoggedIn UserLoggedOut",
    comm: "ConnectionsAutorefreshed PrinterReset FirmwareData PrinterControlsChanged",
    files: "FileMoved FolderMoved MetadataStatisticsUpdated",
    printjob: "PrintCancelling ChartMarked PausedForUser",
    gcode: "FilamentChange CommandSuppressed InvalidToolReported RegisteredMessageReceived",
    timelapse: "MovieDone PostRollStart PostRollEnd",
    settings: "PrinterProfileAdded PrinterProfileModified PrinterProfileDeleted",
    unclassified: scripts.join(" "),
  };

  for (const eventClass of eventClasses) {
    const switched = inThePlugin[eventClass]?.split(" ") ?? [];
    const mended = unclassifiedInThePlugin[eventClass]?.split(" ") ?? [];

    for (const name of switched)
      it(`${name} is ${eventClass}, as in OctoPrint-MQTT`, () => equalClass(name, eventClass));
    for (const name of mended) it(`${name} is ${eventClass}`, () => equalClass(name, eventClass));
    it(`${eventClass} holds nothing else`, () => {
      assert.deepEqual([...(eventsByClass().get(eventClass) ?? [])].sort(), [...switched, ...mended].sort());
    });
  }

  it("stands in one order for the editor", () => assert.deepEqual([...eventsByClass().keys()], [...eventClasses]));

  const unknown = [
    "plugin_psucontrol_psu_state_changed",
    "plugin_Spoolman_spool_selected",
    "DisplayLayerProgress_progressChanged",
    "plugin/with/levels",
    "printdone", // names are case-sensitive
    "Dwell", // what OctoPrint's documentation calls Dwelling
    "GcodeScriptMineRunning", // a script run over REST
    "",
    "__proto__",
    "constructor",
    "toString",
  ];
  for (const name of unknown) {
    it(`${JSON.stringify(name)} is unclassified`, () => {
      equalClass(name, "unclassified");
      assert.equal(isEventName(name), false);
    });
  }

  function equalClass(name: string, eventClass: EventClass) {
    assert.equal(classOf(name), eventClass);
  }
});

describe("since", () => {
  const appeared: { [since: string]: string } = {
    "1.3.0":
      "CaptureFailed Connecting Disconnecting PositionUpdate PostRollStart PostRollEnd PrinterProfileAdded PrinterProfileModified PrinterProfileDeleted PrinterStateChanged Shutdown SlicingProfileAdded SlicingProfileModified SlicingProfileDeleted",
    "1.3.3": "FileAdded FileRemoved FolderAdded FolderRemoved",
    "1.3.5": "ConnectivityChanged ToolChange",
    "1.3.7": "PrintCancelling",
    "1.3.12": "FirmwareData PrinterReset TransferFailed",
    "1.4.0": "ClientAuthed ClientDeauthed UserLoggedIn UserLoggedOut",
    "1.5.0": "CommandSuppressed InvalidToolReported",
    "1.6.0": scripts.join(" "),
    "1.7.0": "FilamentChange",
    "1.8.0": "FileMoved FolderMoved",
    "1.9.0": "ChartMarked ConnectionsAutorefreshed",
    "2.0.0": "PrinterControlsChanged",
    "OctoPrint-MQTT 0.8.14": "PausedForUser",
  };
  const namesSince = (since: string) => rows.flatMap(([name, row]) => (row.since === since ? [name] : [])).sort();

  for (const [since, names] of Object.entries(appeared)) {
    it(`${since} brought ${names}`, () => assert.deepEqual(namesSince(since), names.split(" ").sort()));
  }

  it("1.2 knew 43 events, and 2.0 knows 79 beside the scripts", () => {
    const ofOctoPrint = rows.filter(
      ([name, row]) => !scripts.includes(name) && !row.since.startsWith("OctoPrint-MQTT"),
    );
    assert.equal(namesSince("1.2").length, 43);
    assert.equal(ofOctoPrint.length, 79);
  });
});

describe("a list of events and classes", () => {
  const cases: { only: string[]; yes: string[]; no: string[] }[] = [
    { only: [], yes: ["PrintDone", "plugin_x_y", "", "__proto__"], no: [] },
    { only: ["PrintDone"], yes: ["PrintDone"], no: ["PrintFailed", "printdone", "PrintDone "] },
    {
      only: ["class:printjob"],
      yes: ["PrintDone", "PrintCancelling", "PausedForUser"],
      no: ["ZChange", "class:printjob2"],
    },
    {
      only: ["class:position", "PrintDone"],
      yes: ["ZChange", "PositionUpdate", "PrintDone"],
      no: ["PrintFailed", "Home"],
    },
    { only: ["class:timelapse"], yes: ["MovieDone", "PostRollEnd"], no: ["PrintDone"] },
    {
      only: ["class:unclassified"],
      yes: ["plugin_Spoolman_spool_selected", "GcodeScriptAfterPrintDoneRunning", "__proto__", "constructor"],
      no: ["MovieDone", "PrintCancelling"],
    },
    {
      only: ["plugin_Spoolman_spool_selected"],
      yes: ["plugin_Spoolman_spool_selected"],
      no: ["plugin_spoolman_spool_selected", "plugin_Spoolman_spool_usage_error"],
    },
    {
      only: ["plugin with space", "plugin/with/levels"],
      yes: ["plugin with space", "plugin/with/levels"],
      no: ["plugin"],
    },
    { only: ["class:nosuch"], yes: ["class:nosuch"], no: ["PrintDone", "nosuch"] },
    { only: ["printjob"], yes: ["printjob"], no: ["PrintDone"] },
    { only: ["__proto__"], yes: ["__proto__"], no: ["constructor", "PrintDone"] },
  ];
  for (const { only, yes, no } of cases) {
    it(`${JSON.stringify(only)} selects ${JSON.stringify(yes)}, not ${JSON.stringify(no)}`, () => {
      const wanted = selects(only);
      assert.deepEqual([...yes, ...no].filter(wanted), yes);
    });
  }

  it("is compiled once: what happens to the list later does not matter", () => {
    const only = ["PrintDone"];
    const wanted = selects(only);
    only.push("PrintFailed");
    assert.equal(wanted("PrintFailed"), false);
  });
});

describe("traps", () => {
  it("ZChange, FirmwareData and PausedForUser are retained since OctoPrint-MQTT 0.8.14, no other event", () =>
    assert.deepEqual([...retainedEvents].sort(), ["FirmwareData", "PausedForUser", "ZChange"]));

  const noted: { [name: string]: RegExp } = {
    ClientDeauthed: /never fired/,
    Dwelling: /documentation calls it Dwell/,
    FileDeselected: /0\.8\.14 .* seldom/,
    PausedForUser: /every 2 s/,
    PrintCancelled: /always followed by PrintFailed/,
    PrintFailed: /also after every cancel; progress is a fraction when reason is error/,
    Startup: /hardly ever/,
    UpdatedFiles: /also after each print/,
    ZChange: /every Z hop/,
  };
  for (const [name, trap] of Object.entries(noted)) {
    it(`the note on ${name} says: ${trap.source}`, () => {
      const note = rows.find(([known]) => known === name)?.[1].note;
      assert.match(note ?? "", trap);
    });
  }
});

describe("the types of payloads", () => {
  // These are checked by the compiler; what is `true` here is a type, not a comparison.
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

  it("follow from the table", () => {
    const facts: [
      Same<EventPayloads["PrintDone"]["time"], number>,
      Same<EventPayloads["PrintDone"]["owner"], string | undefined>,
      Same<EventPayloads["PrintCancelling"]["size"], number | null | undefined>,
      Same<EventPayloads["PrintCancelled"]["position"], { [key: string]: unknown } | null | undefined>,
      Same<EventPayloads["FileAdded"]["type"], string[]>,
      Same<EventPayloads["ZChange"], { new: number | null; old: number | null }>,
      Same<EventPayloads["Connecting"], { connector?: string }>,
      Same<EventPayloads["RegisteredMessageReceived"]["outputs"], unknown>,
      Same<keyof EventPayloads["Home"], never>,
    ] = [true, true, true, true, true, true, true, true, true];
    // All that OctoPrint 1.2 sends.
    const done: EventPayloads["PrintDone"] = { file: "/x/a.gco", filename: "a.gco", origin: "local", time: 1.5 };
    assert.ok(facts && done);
  });
});

describe("what a real OctoPrint sends", () => {
  const folder = join(__dirname, "../../fixtures");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
    it(`${file} holds no event that the table does not know or tells otherwise`, () => {
      const sent = readFileSync(join(folder, file), "utf8").split("\n").flatMap(eventIn);
      assert.deepEqual(sent.flatMap(differences), []);
    });
  }
});

it("docs/events.md is what the table makes: node --import tsx test/support/write-docs.ts", () => {
  const page = readFileSync(join(__dirname, "../../../docs/events.md"), "utf8");
  assert.equal(page, generatedDocs["events.md"]?.());
});

type Payload = { [field: string]: unknown };

function isObject(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function eventIn(line: string): Payload[] {
  const message: unknown = line === "" ? null : JSON.parse(line);
  if (!isObject(message) || typeof message.payload !== "string" || !message.payload.includes('"_event"')) return [];
  const payload: unknown = JSON.parse(message.payload.replaceAll("NaN", "null"));
  return isObject(payload) && typeof payload._event === "string" ? [payload] : [];
}

function differences({ _event, _timestamp, ts, ...payload }: Payload): string[] {
  const name = String(_event);
  const row = rows.find(([known]) => known === name)?.[1];
  if (row === undefined) return /^plugin|^NotANumber/.test(name) ? [] : [`${name} is not in the table`];
  const declared = Object.entries(row.fields);
  const typeOf = new Map(declared.map(([field, type]) => [field.replace("?", ""), type]));
  const missing = declared.flatMap(([field]) =>
    field.endsWith("?") || field in payload ? [] : [`${name} has no ${field}`],
  );
  const wrong = Object.entries(payload).flatMap(([field, value]) => {
    const type = typeOf.get(field) ?? "";
    return type.split("|").some((one) => isOfType(value, one)) ? [] : [`${name}.${field} is not ${type}: ${value}`];
  });
  return [...missing, ...wrong];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return isObject(value);
  if (type === "string[]") return Array.isArray(value) && value.every((item) => typeof item === "string");
  return typeof value === type;
}
