import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Refusal } from "../../nodes/node-red/admin-routes.ts";
import type { KeyGranted, KeyRequested, Tested } from "../../nodes/octoprint-server/dialogs/admin-responses.ts";
import type { Scope } from "../support/cleanup.ts";
import { goodKey, type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { freePort } from "../support/ports.ts";
import { loadFlow, type Runtime } from "../support/runtime.ts";
import { tab } from "./flow.ts";
import { serverNode, withKey } from "./octoprint.ts";

interface Form {
  readonly id?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly appToken?: string;
}

interface Reply<T> {
  readonly answer: T | Refusal;
  readonly wire: string;
}

async function post<T>(runtime: Runtime, name: string, form: Form): Promise<Reply<T>> {
  const { body, text } = await runtime.request().post(`/octoprint-server/${name}`).send(form);
  return { answer: body, wire: text };
}

const test = (runtime: Runtime, form: Form): Promise<Reply<Tested>> => post(runtime, "test", form);

function codeOf({ answer }: Reply<{ readonly ok: true }>): string {
  return answer.ok ? "ok" : answer.problem.code;
}

const empty = (t: Scope): Promise<Runtime> => loadFlow(t, [tab]);

describe("Test connection", () => {
  it("says which OctoPrint it is, whose key, and what that user may not do", async (t) => {
    const octoprint = await startStandIn(t);
    const reply = await test(await empty(t), { settings: { url: octoprint.url }, credentials: { apiKey: goodKey } });
    assert.deepEqual(reply.answer, {
      ok: true,
      version: "1.11.8",
      user: "kay",
      missing: ["FILES_SELECT", "FILES_UPLOAD", "FILES_DELETE", "WEBCAM", "SYSTEM"],
      safeMode: false,
    });
    assert.ok(!reply.wire.includes(goodKey));
  });

  it("says that the key is wrong, and not what it is", async (t) => {
    const octoprint = await startStandIn(t);
    const reply = await test(await empty(t), { settings: { url: octoprint.url }, credentials: { apiKey: "wr0ng" } });
    assert.equal(codeOf(reply), "key-refused");
    assert.ok(!reply.wire.includes("wr0ng"));
  });

  it("says what is wrong with the form, and that nobody is there", async (t) => {
    const runtime = await empty(t);
    assert.equal(codeOf(await test(runtime, {})), "address-missing");
    assert.equal(codeOf(await test(runtime, { settings: { url: "mqtt://octopi" } })), "address-scheme");
    assert.equal(codeOf(await test(runtime, { settings: { url: "octopi", tls: "a-new-one" } })), "tls-not-deployed");
    const nobody = `127.0.0.1:${await freePort()}`;
    assert.equal(codeOf(await test(runtime, { settings: { url: nobody } })), "octoprint-refused");
  });

  it("__PWRD__ is the stored key, and so is none; another node's is none of ours, and it goes to no other address", async (t) => {
    const octoprint = await startStandIn(t);
    const settings = { url: octoprint.url };
    const other = { id: "b", type: "octoprint-broker", url: "" };
    const credentials = { ...withKey.credentials, b: { apiKey: goodKey } };
    const runtime = await loadFlow(t, [tab, serverNode(octoprint.url), other], { credentials });
    for (const entered of [{ apiKey: "__PWRD__" }, {}]) {
      const reply = await test(runtime, { id: "s", settings, credentials: entered });
      assert.equal(codeOf(reply), "ok");
      assert.ok(!reply.wire.includes(goodKey));
    }
    const elsewhere = await startStandIn(t);
    const moved = await test(runtime, {
      id: "s",
      settings: { url: elsewhere.url },
      credentials: { apiKey: "__PWRD__" },
    });
    assert.equal(codeOf(moved), "key-elsewhere");
    assert.equal(elsewhere.requests.items.length, 0);
    assert.equal(codeOf(await test(runtime, { id: "s", settings, credentials: { apiKey: "" } })), "key-missing");
    assert.equal(codeOf(await test(runtime, { id: "b", settings, credentials: {} })), "key-missing");
  });
});

it("a proxy's stored password goes to no other address either", async (t) => {
  const [octoprint, elsewhere] = [await startStandIn(t), await startStandIn(t)];
  const credentials = { s: { apiKey: goodKey, proxyUser: "kay", proxyPassword: "stored" } };
  const runtime = await loadFlow(t, [tab, serverNode(octoprint.url)], { credentials });
  const form = { id: "s", settings: { url: elsewhere.url }, credentials: { apiKey: "another" } };
  assert.equal(codeOf(await test(runtime, form)), "password-elsewhere");
  assert.equal(codeOf(await post<KeyRequested>(runtime, "ask-key", form)), "password-elsewhere");
  assert.equal(elsewhere.requests.items.length, 0);
  const entered = { ...form.credentials, proxyPassword: "another" };
  assert.equal(codeOf(await test(runtime, { ...form, credentials: entered })), "key-refused");
});

describe("Ask OctoPrint for a key", () => {
  const appToken = "token-4711";
  const newKey = "granted-0123456789";

  /** Somebody at OctoPrint decides once he was asked for the second time. */
  function withDecision(octoprint: StandIn, decision: "grant" | "deny"): void {
    let asked = 0;
    octoprint.users.set(newKey, { name: "kay", permissions: ["STATUS"] });
    octoprint.intercept = ({ method, path }) => {
      if (path === "/plugin/appkeys/probe") return { status: 204 };
      if (method === "POST" && path === "/plugin/appkeys/request") {
        const page = `http://proxied.example:81/plugin/appkeys/auth/${appToken}`;
        return { status: 201, body: { app_token: appToken, auth_dialog: page } };
      }
      if (path !== `/plugin/appkeys/request/${appToken}`) return undefined;
      if (++asked < 2) return { status: 202, body: { message: "Awaiting decision" } };
      return decision === "deny" ? { status: 404, body: {} } : { status: 200, body: { api_key: newKey } };
    };
  }

  async function ask(t: Scope, decision: "grant" | "deny"): Promise<[Runtime, StandIn, Form]> {
    const octoprint = await startStandIn(t);
    withDecision(octoprint, decision);
    const runtime = await empty(t);
    const form = { settings: { url: octoprint.url } };
    const { answer } = await post<KeyRequested>(runtime, "ask-key", form);
    assert.deepEqual(answer, { ok: true, appToken, page: `${octoprint.url}/plugin/appkeys/auth/${appToken}` });
    const { body } = await octoprint.requests.next(({ method }) => method === "POST");
    assert.match(String(body), /^\{"app":"Node-RED on /);
    return [runtime, octoprint, { ...form, appToken }];
  }

  it("gives the key to the dialog that asked, and says who has granted it", async (t) => {
    const [runtime, , form] = await ask(t, "grant");
    const { answer } = await post<KeyGranted>(runtime, "await-key", form);
    assert.deepEqual(answer, { ok: true, apiKey: newKey, user: "kay" });
    assert.ok(!JSON.stringify(runtime.log.items).includes(newKey));
  });

  it("says that nobody has granted one", async (t) => {
    const [runtime, , form] = await ask(t, "deny");
    assert.equal(codeOf(await post<KeyGranted>(runtime, "await-key", form)), "key-not-granted");
  });

  it("asks at a new address without what was given to the old one", async (t) => {
    const [old, octoprint] = [await startStandIn(t), await startStandIn(t)];
    withDecision(octoprint, "grant");
    const runtime = await loadFlow(t, [tab, serverNode(old.url)], withKey);
    const form = { id: "s", settings: { url: octoprint.url }, credentials: { apiKey: "__PWRD__" } };
    assert.equal(codeOf(await post<KeyRequested>(runtime, "ask-key", form)), "ok");
    const { answer } = await post<KeyGranted>(runtime, "await-key", { ...form, appToken });
    assert.deepEqual(answer, { ok: true, apiKey: newKey, user: "kay" });
    assert.ok(!JSON.stringify(octoprint.requests.items.map(({ headers }) => headers)).includes(goodKey));
  });

  it("says that this OctoPrint has no application keys", async (t) => {
    const octoprint = await startStandIn(t);
    const reply = await post<KeyRequested>(await empty(t), "ask-key", { settings: { url: octoprint.url } });
    assert.equal(codeOf(reply), "application-keys-missing");
  });
});

describe("the routes", () => {
  it("take JSON alone, and store nothing in caches", async (t) => {
    const runtime = await empty(t);
    const form = await runtime.request().post("/octoprint-server/test").type("form").send("a=b");
    assert.equal(form.status, 415);
    const { headers } = await runtime.request().post("/octoprint-server/test").send({});
    assert.equal(headers["cache-control"], "no-store");
  });
});
