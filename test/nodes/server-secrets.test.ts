import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { connectAsEditor } from "../support/comms.ts";
import { type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { portOf } from "../support/ports.ts";
import { startNodeRed } from "../support/process.ts";
import { inNode, tab } from "./flow.ts";
import { serverNode, serverPrinter } from "./octoprint.ts";

const secret = "S3cret-Key_0123456789-of-kay";
const proxySecret = "pr0xy-Passw0rd";

/** Someone else's server, that counts who comes. */
async function startElsewhere(t: Scope): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer(({ url = "", headers }, response) => {
    requests.push(`${url} ${JSON.stringify(headers)}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup(t, () => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { url: `http://127.0.0.1:${portOf(server)}`, requests };
}

/** What may go wrong between us and an OctoPrint that knows our key. */
const mishaps: Readonly<Record<string, (octoprint: StandIn, elsewhere: string) => void>> = {
  "it takes the key": () => undefined,
  "it does not take the key": (octoprint) => octoprint.users.clear(),
  "it repeats the key in its answers": (octoprint) => {
    octoprint.intercept = ({ headers }) => ({ status: 400, body: { error: `bad key ${headers["x-api-key"]}` } });
  },
  "it falls over": (octoprint) => {
    octoprint.intercept = ({ headers }) => ({ status: 500, body: `Traceback: ${headers["x-api-key"]}` });
  },
  "it sends us elsewhere": (octoprint, elsewhere) => {
    octoprint.intercept = ({ path }) => ({ status: 302, headers: { Location: `${elsewhere}${path}` } });
  },
  "it lets no websocket through": (octoprint) => {
    octoprint.upgrade = 400;
  },
};

describe("the key", () => {
  for (const [what, prepare] of Object.entries(mishaps)) {
    it(`stands in no log, status, error, msg or exported flow: ${what}`, async (t) => {
      const octoprint = await startStandIn(t);
      octoprint.users.set(secret, { name: "kay", permissions: ["STATUS", "SETTINGS_READ", "FILES_LIST"] });
      const elsewhere = await startElsewhere(t);
      prepare(octoprint, elsewhere.url);
      const nodeRed = await startNodeRed(t, {
        flows: [
          tab,
          serverNode(octoprint.url),
          serverPrinter(),
          ...inNode("in", { kind: "all" }),
          { id: "to-in", z: "tab", type: "debug", active: true, tosidebar: true, complete: "true", wires: [] },
          { id: "catch", z: "tab", type: "catch", scope: null, wires: [["to-in"]] },
        ].filter(({ type }) => type !== "sink"),
        credentials: { s: { apiKey: secret, proxyUser: "kay", proxyPassword: proxySecret } },
        settings: { logging: { console: { level: "trace", metrics: false, audit: true } } },
      });
      const editor = await connectAsEditor(t, nodeRed.url);
      const status = await editor.status.next(({ id, fill }) => id === "in" && (fill === "green" || fill === "red"));
      const answers = ["/flows", "/nodes", "/settings", "/credentials/octoprint-server/s"];
      const texts = await Promise.all(answers.map(async (path) => (await nodeRed.get(path)).text()));
      const seen = JSON.stringify([status, nodeRed.lines.items, editor.status.items, editor.debug.items, texts]);
      assert.ok(!seen.includes(secret), "the key");
      assert.ok(!seen.includes(proxySecret), "the proxy's password");
      assert.deepEqual(elsewhere.requests, []);
    });
  }
});
