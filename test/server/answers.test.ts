import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Answer } from "../../nodes/server/message.ts";
import { problems } from "../../nodes/server/problem.ts";
import { goodKey, type StandInAnswer, startStandIn } from "../support/octoprint-stand-in.ts";
import { createApi } from "./connecting.ts";

describe("an answer", () => {
  const good: readonly [string, StandInAnswer, unknown][] = [
    ["JSON", { status: 200, body: { state: "Operational" } }, { state: "Operational" }],
    ["nothing", { status: 204 }, undefined],
    ["JSON that calls itself text", { status: 201, body: '{"done": true}' }, { done: true }],
  ];
  for (const [what, answer, body] of good) {
    test(what, async (t) => {
      const standIn = await startStandIn(t);
      standIn.intercept = () => answer;
      assert.deepEqual(await createApi(standIn.url).get("api/job"), { ok: true, status: answer.status, body });
    });
  }
});

describe("a refusal has a word", () => {
  const error = (text: string): object => ({ error: text });
  const elsewhere = { Location: "https://elsewhere.example/octoprint/api/job?apikey=1#x" };
  const bad: readonly [string, StandInAnswer, object][] = [
    ["a page instead of JSON", { status: 200, body: "<html>router</html>" }, { code: "not-octoprint" }],
    ["a redirect, as POST", { status: 301, headers: elsewhere }, { code: "redirected" }],
    ["a redirect", { status: 302, headers: elsewhere }, { target: "https://elsewhere.example/octoprint/api/job" }],
    ["another redirect", { status: 307, headers: elsewhere }, { code: "redirected" }],
    ["a permanent redirect", { status: 308, headers: { Location: "/" } }, { code: "redirected" }],
    ["a redirect to nowhere", { status: 302 }, { code: "redirected" }],
    ["bad input", { status: 400, body: error("x is invalid") }, { code: "request-refused", reason: "x is invalid" }],
    ["401, never OctoPrint's", { status: 401, body: "<html></html>" }, { code: "proxy-password" }],
    ["an unknown path", { status: 404, body: error("no") }, { code: "path-unknown", path: "api/job" }],
    ["409", { status: 409, body: error("not operational") }, { code: "conflict", reason: "not operational" }],
    ["409 without a word", { status: 409 }, { code: "conflict", reason: "Conflict" }],
    ["409 in text", { status: 409, body: "not operational" }, { code: "conflict", reason: "not operational" }],
    ["a proxy's limit for uploads", { status: 413, body: "<html></html>" }, { code: "upload-too-large" }],
    ["an unknown status without a word", { status: 499 }, { code: "request-refused", status: 499 }],
    ["415", { status: 415, body: error("no JSON") }, { code: "request-refused", status: 415, reason: "no JSON" }],
    ["429", { status: 429, body: error("slow down") }, { code: "too-many-requests" }],
    ["500", { status: 500, body: "<title>500 Internal Server Error</title>" }, { code: "octoprint-failed" }],
    ["the start page's answer to a POST", { status: 501, body: "<html></html>" }, { code: "octoprint-starting" }],
    ["a proxy's bad gateway", { status: 502, body: "<html></html>" }, { code: "octoprint-unavailable", status: 502 }],
    ["haproxy while OctoPrint is down", { status: 503, body: "<html></html>" }, { code: "octoprint-unavailable" }],
    ["a proxy's time-out", { status: 504 }, { code: "octoprint-unavailable" }],
    [
      "http where nginx speaks https",
      { status: 400, body: "<html><body>400 The plain HTTP request was sent to HTTPS port</body></html>" },
      { code: "https-needed" },
    ],
  ];
  for (const [what, answer, expected] of bad) {
    test(what, async (t) => {
      const standIn = await startStandIn(t);
      standIn.intercept = () => answer;
      for (const refused of [
        await createApi(standIn.url).get("api/job?x=1"),
        await createApi(standIn.url).post("api/job", { command: "cancel" }),
      ]) {
        assert.ok(!refused.ok);
        assert.equal(refused.status, answer.status);
        assert.deepEqual({ ...refused.problem, ...expected }, refused.problem);
        const { code, ...parameters } = refused.problem;
        for (const name of problems[code]) {
          assert.notEqual(parameters[name] ?? "", "", `${name} of ${code} would be a hole in the text`);
        }
      }
      // A redirect is not followed, nothing is repeated.
      assert.equal(standIn.requests.items.length, 2);
    });
  }

  test("a page's title is the reason, not its markup", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = () => ({
      status: 409,
      body: "<!doctype html><html><style>b{}</style><title>Busy</title><b>x</b>",
    });
    const answer = await createApi(standIn.url).get("api/job");
    assert.equal(answer.ok || answer.reason, "Busy");
    standIn.intercept = () => ({ status: 409, body: "<html><style>b{}</style><h1>Not\n now</h1></html>" });
    const other = await createApi(standIn.url).get("api/job");
    assert.equal(other.ok || other.reason, "Not now");
  });
});

test("what was answered is read up to 10 MB", async (t) => {
  const standIn = await startStandIn(t);
  standIn.intercept = () => ({ status: 200, body: Buffer.alloc(10 * 1024 * 1024 + 1, " ") });
  const answer = await createApi(standIn.url).get("api/job");
  assert.deepEqual(answer, { ok: false, problem: { code: "answer-too-large", limit: 10_485_760 } });
});

test("a picture is bytes", async (t) => {
  const standIn = await startStandIn(t);
  const picture = Buffer.from([0xff, 0xd8, 0xff, 0x00]);
  standIn.intercept = () => ({ status: 200, body: picture, headers: { "Content-Type": "Image/JPEG; x=y" } });
  const answer = await createApi(standIn.url).bytes("GET", "downloads/camera/current", undefined);
  assert.deepEqual(answer.ok && answer.body, { bytes: picture, contentType: "image/jpeg" });
  standIn.intercept = () => ({ status: 404, body: "<h1>Not Found</h1>" });
  const missing = await createApi(standIn.url).bytes("GET", "downloads/camera/current", undefined);
  assert.equal(missing.ok || missing.problem.code, "path-unknown");
});

test("a body is JSON, and says so", async (t) => {
  const standIn = await startStandIn(t);
  standIn.intercept = () => ({ status: 204 });
  await createApi(standIn.url).post("/api/job", { command: "pause", action: "pause" });
  const { method, path, headers, body } = await standIn.requests.next();
  assert.deepEqual([method, path, headers["content-type"]], ["POST", "/api/job", "application/json"]);
  assert.equal(headers["content-length"], `${body.length}`);
  assert.deepEqual(JSON.parse(String(body)), { command: "pause", action: "pause" });
  await createApi(standIn.url).post("api/system/commands/core/restart");
  const without = await standIn.requests.next();
  assert.deepEqual([without.headers["content-length"], without.headers["content-type"]], ["0", undefined]);
  await createApi(standIn.url).delete("api/files/local/a%20b.gcode");
  assert.equal((await standIn.requests.next()).path, "/api/files/local/a%20b.gcode");
});

test("an upload is a form in one piece, with names as they are", async (t) => {
  const standIn = await startStandIn(t);
  standIn.intercept = () => ({ status: 201, body: { done: true } });
  const file = { name: "Bär 3.gcode", content: Buffer.from("G28\n") };
  const answer = await createApi(standIn.url).upload("api/files/local", file, { path: "Ordner", print: "true" });
  assert.deepEqual(answer.ok && [answer.status, answer.body], [201, { done: true }]);
  const { headers, body } = await standIn.requests.next();
  assert.equal(headers["content-length"], `${body.length}`);
  assert.equal(headers["transfer-encoding"], undefined);
  const form = await new Response(new Uint8Array(body), {
    headers: { "Content-Type": headers["content-type"] ?? "" },
  }).formData();
  const sent = form.get("file");
  assert.ok(sent instanceof File);
  assert.deepEqual(
    [sent.name, await sent.text(), form.get("path"), form.get("print")],
    ["Bär 3.gcode", "G28\n", "Ordner", "true"],
  );
});

test("the key and the proxy's password are in no text, even where the answer repeats them", async (t) => {
  const standIn = await startStandIn(t);
  const secrets = { proxyUser: "joe", proxyPassword: "s3cret/&" };
  const echo = `you sent ${goodKey} and ${secrets.proxyPassword}`;
  const answers: Answer[] = [];
  for (const status of [200, 302, 400, 401, 403, 404, 409, 500]) {
    const headers: Record<string, string> = status === 302 ? { Location: `/login?key=${goodKey}` } : {};
    for (const body of [echo, { error: echo }, `<html><title>${echo}</title></html>`]) {
      standIn.intercept = ({ path }) => (path === "/api/job" ? { status, body, headers } : undefined);
      answers.push(await createApi(standIn.url, secrets).get("api/job"));
    }
  }
  const refused = answers.filter(({ ok }) => !ok);
  assert.ok(refused.length > 20);
  assert.doesNotMatch(JSON.stringify(refused), new RegExp(`${goodKey}|s3cret`));
});

test("a path that leads elsewhere is not asked", async (t) => {
  const standIn = await startStandIn(t, { prefix: "/mk3" });
  const answer = await createApi(standIn.url).get("../left/api/job");
  assert.deepEqual(answer, { ok: false, problem: { code: "path-invalid", path: "../left/api/job" } });
  assert.equal(standIn.requests.items.length, 0);
});

test("a proxy's Basic authentication goes beside the key", async (t) => {
  const standIn = await startStandIn(t, { prefix: "/mk3", basic: "j@e:p:ä" });
  const refused = await createApi(standIn.url).get("api/job");
  assert.equal(refused.ok || refused.problem.code, "proxy-password");
  const answer = await createApi(standIn.url, { proxyUser: "j@e", proxyPassword: "p:ä" }).get("api/job");
  assert.equal(answer.ok, true);
});
