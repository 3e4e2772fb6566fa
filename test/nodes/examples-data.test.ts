import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Printer } from "../dashboard/story.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { findDebianBinary } from "../support/debian-binary.ts";
import { freePort } from "../support/ports.ts";
import { type NodeRedProcess, startNodeRed } from "../support/process.ts";
import { findPythonTool } from "../support/python-tool.ts";
import { newFolder, waitForHttp } from "../support/service.ts";
import type { Publisher } from "../support/wire.ts";
import { run, shows } from "./example.ts";

const began = 1_795_351_500;

/** A print as the printer tells of it, from its start to its end. */
async function print(printer: Publisher, file: string, at: number): Promise<void> {
  const mk3 = new Printer(printer, "octoPrint/");
  await mk3.connect(at);
  await mk3.temperature("tool0", 209.8, 210, at + 1);
  await mk3.start(file, at + 2);
  await mk3.progress(file, 42, 1740, at + 900);
  await mk3.finish(file, at + 5222);
}

test("examples that keep or pass on what a printer says", async (t) => {
  const nodeRed = await startNodeRed(t, { dashboard: true });

  await t.test("job history: a line of a file for each job, which survives", async (t) => {
    const { printer, subscribed } = await run(t, nodeRed, "Data/Job history");
    await subscribed("octoPrint/event/#");
    await print(printer, 'an "odd", name.gcode', began);
    await print(printer, "Benchy.gcode", began + 10_000);
    const lines = await linesOf(join(nodeRed.userDir, "octoprint-jobs.jsonl"), 2);
    assert.deepEqual(
      lines.map(({ file, outcome, seconds }) => [file, outcome, seconds]),
      [
        ['an "odd", name.gcode', "done", 5220],
        ["Benchy.gcode", "done", 5220],
      ],
    );
  });

  await t.test("to Telegram, e-mail or Home Assistant: what each messenger takes", async (t) => {
    const example = await run(t, nodeRed, "Notifications/To Telegram, e-mail or Home Assistant");
    await example.subscribed("octoPrint/event/#");
    await print(example.printer, "Benchy.gcode", began);
    const sentence = "Benchy.gcode: done after 1 h 27 min";
    const telegram = JSON.parse((await shows(example, "here: telegram sender")).msg);
    assert.deepEqual([telegram.type, telegram.content], ["message", sentence]);
    const mail = await shows(example, "here: e-mail");
    assert.deepEqual([mail.topic, mail.msg], ["Recorded printer: print done", sentence]);
    const { action, data } = JSON.parse((await shows(example, "here: action")).msg);
    assert.match(action, /^notify\./);
    assert.deepEqual(data, { title: "Recorded printer", message: sentence });
  });

  await t.test(
    "announce to Home Assistant: a device with sensors whose values are where they are said to be",
    async (t) => {
      const { printer, wire, subscribed } = await run(t, nodeRed, "Home Assistant/Announce printers");
      await subscribed("octoPrint/event/#");
      const mk3 = new Printer(printer, "octoPrint/");
      await mk3.connect(began);
      await mk3.temperature("tool0", 209.8, 210, began);
      await mk3.start("Benchy.gcode", began + 2);
      await mk3.progress("Benchy.gcode", 42, 1740, began + 900);
      const announced = await wire.next(
        ({ topic }) => topic.startsWith("homeassistant/sensor/") && topic.includes("tool0"),
      );
      const sensor = JSON.parse(announced.text);
      assert.equal(announced.topic, "homeassistant/sensor/node-red-octoprint-Recorded_printer/tool0/config");
      assert.deepEqual(sensor.device, {
        identifiers: ["node-red-octoprint-Recorded_printer"],
        name: "Recorded printer",
        manufacturer: "OctoPrint",
      });
      assert.equal(sensor.value_template, "{{ value_json.temperatures['tool0'].actual }}");
      const state = await wire.next(
        ({ topic, text }) => topic === sensor.state_topic && text.includes('"progress":42'),
      );
      const { available, file, time_left, temperatures } = JSON.parse(state.text);
      assert.deepEqual([available, file, temperatures.tool0.actual], ["online", "Benchy.gcode", 209.8]);
      // It goes on counting down.
      assert.ok(time_left > 1600 && time_left <= 1740);
    },
  );

  await t.test("to InfluxDB: a real one takes every line", { skip: reasonOf(influxd()) }, async (t) => {
    const database = await startInfluxDb(t);
    const example = await run(t, nodeRed, "Data/To InfluxDB or Prometheus");
    await example.subscribed("octoPrint/event/#");
    await print(example.printer, 'an "odd", name = 1.gcode', began);
    for (const points of ["octoprint_printer", "octoprint_temperature", "octoprint_job"]) {
      const { msg } = await example.editor.debug.next((message) => message.msg.includes(`${points},`));
      await database.write(msg);
    }
    assert.equal(await database.first("SELECT file FROM octoprint_job"), 'an "odd", name = 1.gcode');
    assert.equal(await database.first("SELECT actual FROM octoprint_temperature"), 209.8);
  });

  await t.test("to Prometheus: its own parser takes the page", { skip: reasonOf(prometheus()) }, async (t) => {
    const example = await run(t, nodeRed, "Data/To InfluxDB or Prometheus");
    await example.subscribed("octoPrint/event/#");
    const mk3 = new Printer(example.printer, "octoPrint/");
    await mk3.connect(began);
    await mk3.start("Benchy.gcode", began + 2);
    await mk3.progress("Benchy.gcode", 42, 1740, began + 900);
    const page = await metricsWith(nodeRed, "octoprint_progress_ratio{");
    const metrics = new Map(parseMetrics(page).map(([name, labels, value]) => [name, { labels, value }]));
    assert.deepEqual(metrics.get("octoprint_progress_ratio"), { labels: { printer: "Recorded printer" }, value: 0.42 });
    assert.equal(metrics.get("octoprint_online")?.value, 1);
    assert.ok(Number(metrics.get("octoprint_time_left_seconds")?.value) <= 1740);
    assert.equal(metrics.has("octoprint_nozzle_celsius"), false, "what nobody said is left out");
  });
});

interface JobLine {
  readonly file: string;
  readonly outcome: string;
  readonly seconds: number;
}

/** How long something may take that is going to happen, ms: counted in attempts it would be shorter on a faster machine. */
const patience = 20_000;

/** A file tells nobody that it has grown: so it is read until it has. */
async function linesOf(file: string, count: number): Promise<JobLine[]> {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const lines = read(file)
      .split("\n")
      .filter((line) => line !== "");
    if (lines.length >= count) return lines.map((line) => JSON.parse(line));
    await new Promise(setImmediate);
  }
  throw new Error(`${file} does not get ${count} lines`);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function metricsWith(nodeRed: NodeRedProcess, text: string): Promise<string> {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const page = await (await fetch(`${nodeRed.url}/octoprint/metrics`)).text();
    if (page.includes(text)) return page;
  }
  throw new Error(`the page of metrics never has ${text}`);
}

const influxd = () => findDebianBinary("influxd", "influxdb");
const prometheus = () => findPythonTool("prometheus-client", "prometheus-client==0.22.1", "python");

function reasonOf(tool: { readonly ok: true } | { readonly ok: false; readonly reason: string }): string | false {
  return tool.ok ? false : tool.reason;
}

/** What Prometheus' own parser reads: name, labels, value. */
function parseMetrics(page: string): [string, object, number][] {
  const tool = prometheus();
  assert.ok(tool.ok);
  const script = `import sys, json
from prometheus_client.parser import text_string_to_metric_families as parse
print(json.dumps([[s.name, s.labels, s.value] for f in parse(sys.stdin.read()) for s in f.samples]))`;
  const { stdout, stderr, status } = spawnSync(tool.command, ["-c", script], { input: page, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

interface InfluxDb {
  /** Comes back when it has taken the lines, throws when it has not. */
  write(lines: string): Promise<void>;
  /** The first value that a query finds. */
  first(query: string): Promise<unknown>;
}

async function startInfluxDb(scope: Scope): Promise<InfluxDb> {
  const binary = influxd();
  assert.ok(binary.ok);
  const folder = newFolder(scope, "influxdb-");
  const [port, backup] = [await freePort(), await freePort()];
  const child = spawn(binary.command, ["run"], {
    stdio: "ignore",
    env: {
      ...process.env,
      ...binary.env,
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${backup}`,
      INFLUXDB_REPORTING_DISABLED: "true",
      INFLUXDB_META_DIR: join(folder, "meta"),
      INFLUXDB_DATA_DIR: join(folder, "data"),
      INFLUXDB_DATA_WAL_DIR: join(folder, "wal"),
    },
  });
  cleanup(scope, async () => {
    child.kill();
  });
  const url = `http://127.0.0.1:${port}`;
  await waitForHttp(`${url}/ping`, child);
  await fetch(`${url}/query?q=${encodeURIComponent("CREATE DATABASE printers")}`, { method: "POST" });
  return {
    async write(lines) {
      const answer = await fetch(`${url}/write?db=printers&precision=ms`, { method: "POST", body: lines });
      assert.equal(answer.status, 204, `${await answer.text()}\n${lines}`);
    },
    async first(query) {
      const answer = await fetch(`${url}/query?db=printers&q=${encodeURIComponent(query)}`);
      const { results } = await answer.json();
      return results[0].series?.[0].values[0][1];
    },
  };
}
