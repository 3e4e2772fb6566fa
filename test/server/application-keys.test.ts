import assert from "node:assert/strict";
import { test } from "node:test";
import { requestKey, waitForKey } from "../../nodes/server/application-keys.ts";
import type { Scope } from "../support/cleanup.ts";
import {
  goodKey,
  type StandIn,
  type StandInAnswer,
  type StandInOptions,
  startStandIn,
} from "../support/octoprint-stand-in.ts";
import { settingsOf } from "./connecting.ts";

const never = new AbortController().signal;
const soon = { poll: 5 };
const awaiting: StandInAnswer = { status: 202, body: { message: "Awaiting decision" } };

interface Asked {
  readonly standIn: StandIn;
  /** What the next polls get. */
  readonly decisions: StandInAnswer[];
}

/** @param origin what OctoPrint believes to be its own address */
async function startAsked(scope: Scope, options: StandInOptions = {}, origin = "http://inner:5000"): Promise<Asked> {
  const standIn = await startStandIn(scope, options);
  const decisions: StandInAnswer[] = [];
  const { prefix = "" } = options;
  standIn.intercept = ({ method, path, headers }) => {
    assert.equal("x-api-key" in headers, false, "it is asked as a guest");
    switch (`${method} ${path.slice(prefix.length)}`) {
      case "GET /plugin/appkeys/probe":
        return { status: 204 };
      case "POST /plugin/appkeys/request":
        return {
          status: 201,
          body: { app_token: "T/1", auth_dialog: `${origin}/plugin/appkeys/auth/T1?user=kay` },
          headers: { Location: `${origin}/plugin/appkeys/request/T1` },
        };
      case "GET /plugin/appkeys/request/T%2F1":
        return decisions.shift() ?? { status: 404, body: { error: "no" } };
    }
    return undefined;
  };
  return { standIn, decisions };
}

test("a key is asked for and polled until somebody grants it", async (t) => {
  const { standIn, decisions } = await startAsked(t);
  decisions.push(awaiting, awaiting, { status: 200, body: { api_key: goodKey } });
  const settings = settingsOf(standIn.url, { apiKey: "an old one" });
  const asked = await requestKey(settings, "Node-RED kitchen", "");
  assert.ok(asked.ok);
  const granted = await waitForKey(settings, asked.body, never, soon);
  assert.deepEqual(granted.ok && granted.body, { apiKey: goodKey });
  const sent = standIn.requests.items.find(({ method }) => method === "POST");
  assert.deepEqual(JSON.parse(String(sent?.body)), { app: "Node-RED kitchen" });
});

test("behind a proxy that forwards no names, the poll and the page are built from our own address", async (t) => {
  const { standIn, decisions } = await startAsked(t, { prefix: "/mk3" });
  decisions.push({ status: 200, body: { api_key: goodKey } });
  const settings = settingsOf(standIn.url);
  const asked = await requestKey(settings, "Node-RED", "kay");
  assert.ok(asked.ok);
  assert.equal(asked.body.page, `${standIn.url}/plugin/appkeys/auth/T1?user=kay`);
  assert.equal((await waitForKey(settings, asked.body, never, soon)).ok, true);
  const sent = standIn.requests.items.find(({ method }) => method === "POST");
  assert.deepEqual(JSON.parse(String(sent?.body)), { app: "Node-RED", user: "kay" });
});

test("a page elsewhere is not offered", async (t) => {
  const { standIn } = await startAsked(t, {}, "javascript:alert(1)//");
  const asked = await requestKey(settingsOf(standIn.url), "Node-RED", "");
  assert.ok(asked.ok);
  assert.ok(asked.body.page?.startsWith(`${standIn.url}/plugin/appkeys/auth/`));
});

test("denied, or run out of time: OctoPrint does not tell", async (t) => {
  const { standIn, decisions } = await startAsked(t);
  decisions.push(awaiting);
  const settings = settingsOf(standIn.url);
  const asked = await requestKey(settings, "Node-RED", "");
  assert.ok(asked.ok);
  const denied = await waitForKey(settings, asked.body, never, soon);
  assert.equal(denied.ok || denied.problem.code, "key-not-granted");
});

test("given up while nobody decides", async (t) => {
  const { standIn, decisions } = await startAsked(t);
  decisions.push(...Array.from({ length: 1000 }, () => awaiting));
  const settings = settingsOf(standIn.url);
  const asked = await requestKey(settings, "Node-RED", "");
  assert.ok(asked.ok);
  const abort = new AbortController();
  const waiting = waitForKey(settings, asked.body, abort.signal, soon);
  await standIn.requests.take(4);
  abort.abort();
  const given = await waiting;
  assert.equal(given.ok || given.problem.code, "aborted");
});

const refusals: readonly [string, string, StandInAnswer, string][] = [
  ["no such plugin, or a prefix that is missing", "probe", { status: 404, body: "no" }, "application-keys-missing"],
  ["three requests a minute", "request", { status: 429, body: { error: "no" } }, "too-many-requests"],
  ["something else answers", "request", { status: 200, body: { ok: 1 } }, "not-octoprint"],
  ["a proxy's password", "probe", { status: 401, body: "no" }, "proxy-password"],
];
for (const [what, at, answer, code] of refusals) {
  test(`no key: ${what}`, async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = ({ path }) => (path.endsWith(at) ? answer : { status: 204 });
    const asked = await requestKey(settingsOf(standIn.url), "Node-RED", "");
    assert.equal(asked.ok || asked.problem.code, code);
  });
}
