import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { exampleNames } from "../demo/flows.ts";
import { startAedes } from "../support/broker.ts";
import { connectAsEditor } from "../support/comms.ts";
import { packageName } from "../support/node-red.ts";
import { installPacked, readManifest } from "../support/packed.ts";
import { type NodeRedProcess, startNodeRed } from "../support/process.ts";

const sets = Object.keys(readManifest()["node-red"].nodes).sort();
/** A language that nobody has translated this package into. */
const klingon = "tlh";

async function request(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(url, { headers });
  assert.equal(response.status, 200, url);
  return response;
}

async function json<T>(url: string): Promise<T> {
  return (await request(url, { Accept: "application/json" })).json();
}

async function html(url: string, language: string): Promise<string> {
  return (await request(url, { Accept: "text/html", "Accept-Language": language })).text();
}

interface NodeSet {
  readonly module: string;
  readonly types: readonly string[];
  readonly enabled: boolean;
  readonly err?: string;
}

/** @param admin where the editor is */
async function nodesAreListed(admin: string): Promise<void> {
  const list = await json<NodeSet[]>(`${admin}/nodes`);
  const ours = list.filter(({ module }) => module === packageName);
  assert.deepEqual(
    ours.map(({ types, enabled, err }) => ({ types: types.join(), enabled, err })).sort(byTypes),
    sets.map((set) => ({ types: set, enabled: true, err: undefined })),
  );
}

function byTypes(a: { types: string }, b: { types: string }): number {
  return a.types < b.types ? -1 : 1;
}

async function catalogsAreServed(admin: string): Promise<void> {
  for (const set of sets) {
    const catalog = await json<object>(`${admin}/locales/${packageName}/${set}?lng=en-US`);
    assert.ok("label" in catalog, set);
    // Nothing: then the editor takes en-US.
    assert.deepEqual(await json(`${admin}/locales/${packageName}/${set}?lng=${klingon}`), {}, set);
  }
  const { palette } = await json<{ palette: { label: object } }>(
    `${admin}/locales/${packageName}/octoprint-in?lng=en-US`,
  );
  assert.deepEqual(palette.label, { octoprint: "OctoPrint" }, "the name of the palette's category");
}

async function dialogsAndHelpAreServed(admin: string): Promise<void> {
  const page = await html(`${admin}/nodes`, "en-US");
  for (const set of sets) {
    assert.ok(page.includes(`data-template-name="${set}"`), `the dialog of ${set}`);
    assert.ok(page.includes(`data-help-name="${set}"`), `the help of ${set}`);
    assert.ok(page.includes(`registerType("${set}"`), `the definition of ${set}`);
  }
  assert.ok(page.includes('category: "octoprint"'));
  assert.ok(
    (await html(`${admin}/nodes`, klingon)).includes('data-help-name="octoprint-in"'),
    "help for whoever reads another language",
  );
}

/** The modules of the dialogs, and what those import. */
async function modulesAreServed(admin: string): Promise<void> {
  const page = await html(`${admin}/nodes`, "en-US");
  const found = [...page.matchAll(/src="(resources\/@printflow\/[^"]+)"/g)];
  const waiting = found.map(([, path]) => `${admin}/${path}`);
  assert.equal(waiting.length, sets.length);
  const seen = new Set<string>();
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (seen.has(url)) continue;
    seen.add(url);
    const response = await request(url);
    assert.match(response.headers.get("content-type") ?? "", /javascript/, url);
    for (const [, imported = ""] of (await response.text()).matchAll(/\bfrom "(\.[^"]+)"/g)) {
      waiting.push(new URL(imported, url).href);
    }
  }
  assert.ok(seen.size > sets.length);
}

async function iconsAreServed(admin: string): Promise<void> {
  const icons = (await json<Record<string, string[]>>(`${admin}/icons`))[packageName] ?? [];
  const page = await html(`${admin}/nodes`, "en-US");
  assert.ok(icons.length > 0);
  for (const icon of icons) {
    assert.ok(page.includes(`icon: "${icon}"`), `a node has the icon ${icon}`);
    const response = await request(`${admin}/icons/${packageName}/${icon}`);
    assert.match(response.headers.get("content-type") ?? "", /svg/);
    assert.match(await response.text(), /<svg /);
  }
}

/** The menu's entries: a folder is a string, a flow an object. */
async function examplesBelow(menu: string): Promise<string[]> {
  const entries = await json<(string | { fn: string })[]>(menu);
  const found = entries.map(async (entry) => {
    if (typeof entry !== "string") return [entry.fn];
    const below = await examplesBelow(`${menu}${encodeURIComponent(entry)}/`);
    return below.map((name) => `${entry}/${name}`);
  });
  return (await Promise.all(found)).flat();
}

async function examplesAreServed(admin: string): Promise<void> {
  const menu = `${admin}/library/examples/flows/${packageName}/`;
  const examples = await examplesBelow(menu);
  assert.deepEqual([...examples].sort(), exampleNames());
  for (const name of examples) {
    const path = name.split("/").map(encodeURIComponent).join("/");
    assert.ok(Array.isArray(await json(`${menu}${path}`)), name);
  }
}

/** Two lines of text that come out of the running nodes: of a problem, and of a message. */
async function textsAreTranslated(t: TestContext, nodeRed: NodeRedProcess, root = ""): Promise<void> {
  const broker = await startAedes(t);
  const editor = await connectAsEditor(t, `${nodeRed.url}${root}`);
  await broker.publish("shop/progress/printing", '{"progress": 42, "path": "Benchy.gcode", "location": "local"}', {
    retain: true,
  });
  const response = await fetch(`${nodeRed.url}${root}/flows`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Node-RED-Deployment-Type": "full" },
    body: JSON.stringify([
      { id: "broker", type: "octoprint-broker", url: broker.url },
      { id: "printer", type: "octoprint-printer", broker: "broker", baseTopic: "shop/" },
      { id: "tab", type: "tab" },
      {
        id: "wrong",
        type: "inject",
        z: "tab",
        x: 0,
        y: 0,
        props: [{ p: "payload", v: "0", vt: "num" }],
        wires: [["out"]],
      },
      {
        id: "out",
        type: "octoprint-mqtt-out",
        z: "tab",
        x: 0,
        y: 0,
        printer: "printer",
        kind: "event",
        target: "Home",
        wires: [],
      },
      { id: "catch", type: "catch", z: "tab", x: 0, y: 0, scope: null, uncaught: false, wires: [["problem"]] },
      {
        id: "problem",
        type: "debug",
        z: "tab",
        x: 0,
        y: 0,
        active: true,
        complete: "error.message",
        targetType: "msg",
      },
      {
        id: "in",
        type: "octoprint-in",
        z: "tab",
        printer: "printer",
        kind: "progress",
        output: "text",
        wires: [["text"]],
      },
      { id: "text", type: "debug", z: "tab", x: 0, y: 0, active: true, complete: "payload", targetType: "msg" },
    ]),
  });
  assert.ok(response.ok, await response.text());
  const { msg: sentence } = await editor.debug.next(({ id }) => id === "text");
  assert.equal(sentence, "Benchy.gcode: 42 %");
  await editor.status.next(({ id, text }) => id === "in" && text === "42 %");
  await fetch(`${nodeRed.url}${root}/inject/wrong`, { method: "POST" });
  const { msg: problem } = await editor.debug.next(({ id }) => id === "problem");
  assert.match(problem, /The payload of an event must be an object or empty, not (a )?number\./);
}

function logIsQuiet({ lines }: NodeRedProcess): void {
  // Node-RED says that of its own accord.
  const known = /Projects disabled/;
  assert.deepEqual(
    lines.items.filter((line) => /\[(warn|error)\]/.test(line) && !known.test(line)),
    [],
  );
}

async function everything(t: TestContext, nodeRed: NodeRedProcess, root = ""): Promise<void> {
  const admin = `${nodeRed.url}${root}`;
  await t.test("the nodes are listed without an error", () => nodesAreListed(admin));
  await t.test("the catalogs of texts", () => catalogsAreServed(admin));
  await t.test("the dialogs and the help", () => dialogsAndHelpAreServed(admin));
  await t.test("the dialogs' modules", () => modulesAreServed(admin));
  await t.test("the icons", () => iconsAreServed(admin));
  await t.test("the examples", () => examplesAreServed(admin));
  // With the outer scope: a broker that goes before Node-RED would be a warning in its log.
  await t.test("problems and sentences are texts, not keys", () => textsAreTranslated(t, nodeRed, root));
  await t.test("no warning and no error in the log", () => logIsQuiet(nodeRed));
  assert.equal(await nodeRed.stop(), 0);
}

test("Node-RED starts with the package and serves all of it", async (t) => {
  await everything(t, await startNodeRed(t));
});

test("so it does packed, below httpAdminRoot, in a language that is not translated", async (t) => {
  const settings = { httpAdminRoot: "/admin", lang: "nl" };
  await everything(t, await startNodeRed(t, { userDir: installPacked(t), settings }), "/admin");
});
