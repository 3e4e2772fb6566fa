import assert from "node:assert/strict";
import { test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { fromNodeRed } from "../support/node-red.ts";
import { installPacked } from "../support/packed.ts";
import { startNodeRed } from "../support/process.ts";
import { watchTraffic } from "./flow.ts";

const { hashSync }: { hashSync(password: string, rounds: number): string } = fromNodeRed("bcryptjs");

const password = "pa55";
const users = [
  { username: "reader", permissions: "read" },
  { username: "editor", permissions: "*" },
  { username: "tester", permissions: ["octoprint-broker.write"] },
].map((user) => ({ ...user, password: hashSync(password, 4) }));

async function login(admin: string, username: string): Promise<string> {
  const body = new URLSearchParams({
    client_id: "node-red-admin",
    grant_type: "password",
    scope: "",
    username,
    password,
  });
  const response = await fetch(`${admin}/auth/token`, { method: "POST", body });
  const { access_token: token }: { access_token?: string } = await response.json();
  assert.ok(token !== undefined, `${username} is logged in`);
  return token;
}

async function ask(
  admin: string,
  what: string,
  body: object,
  token?: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const authorization = token === undefined ? undefined : { Authorization: `Bearer ${token}` };
  return fetch(`${admin}/${what.includes("/") ? what : `octoprint-broker/${what}`}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...authorization },
    body: JSON.stringify(body),
    signal,
  });
}

test("only who may edit brokers may connect to some, also below httpAdminRoot", async (t) => {
  const broker = await startAedes(t);
  const settings = { httpAdminRoot: "/admin", adminAuth: { type: "credentials", users } };
  const env = { TEST_BROKER: broker.url };
  const { url, warnings } = await startNodeRed(t, { userDir: installPacked(t), settings, env });
  const admin = `${url}/admin`;
  const form = { settings: { url: broker.url } };
  const [reader, editor, tester] = await Promise.all(users.map(({ username }) => login(admin, username)));

  for (const what of ["test", "find", "config-yaml"]) {
    assert.equal((await ask(admin, what, form)).status, 401, `${what} without a login`);
    assert.equal((await ask(admin, what, form, reader)).status, 401, `${what} with leave to read`);
  }
  for (const what of ["test", "ask-key", "await-key"].map((name) => `octoprint-server/${name}`)) {
    // Who may edit brokers may not edit servers for that.
    for (const token of [undefined, reader, tester])
      assert.equal((await ask(admin, what, {}, token)).status, 401, what);
    assert.equal((await ask(admin, what, {}, editor)).status, 200, what);
  }
  for (const token of [editor, tester]) {
    const answer = await (await ask(admin, "test", form, token)).json();
    assert.deepEqual(answer, { ok: true, server: `127.0.0.1:${broker.port}`, tls: false });
    const converted = await ask(admin, "config-yaml", { text: "broker: {url: broker.local}" }, token);
    assert.equal(converted.headers.get("cache-control"), "no-store");
    const { config }: { config: { broker: { url: string } } } = await converted.json();
    assert.equal(config.broker.url, "broker.local");
  }
  // What the environment holds is for those who may deploy.
  for (const secret of [{ settings: { url: "$(TEST_BROKER)" } }, { ...form, credentials: { password: "$(SECRET)" } }]) {
    for (const what of ["test", "find"]) assert.equal((await ask(admin, what, secret, tester)).status, 401);
  }
  const resolved = await ask(admin, "test", { settings: { url: "$(TEST_BROKER)" } }, editor);
  assert.equal((await resolved.json()).ok, true);
  const page = await fetch(`${admin}/plugins`, { headers: { Accept: "text/html", Authorization: `Bearer ${editor}` } });
  assert.match(await page.text(), /octoprint-topics\/editor\.js/);
  assert.deepEqual(warnings(), []);
});

test("the broker is left when the browser goes away", async (t) => {
  const broker = await startAedes(t);
  const { subscribed, gone } = watchTraffic(broker);
  const { url } = await startNodeRed(t);
  const browser = new AbortController();
  const asked = ask(url, "find", { settings: { url: broker.url } }, undefined, browser.signal);
  await subscribed.next();
  browser.abort();
  await assert.rejects(asked, { name: "AbortError" });
  await gone.next();
});
