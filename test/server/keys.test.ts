import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkServer } from "../../nodes/server/check-server.ts";
import { readUser } from "../../nodes/server/current-user.ts";
import { goodKey, startStandIn } from "../support/octoprint-stand-in.ts";
import { createApi } from "./connecting.ts";

/** Each answers a wrong key in its own way. */
const versions = ["1.3.6", "1.3.12", "1.4.2", "1.7.3", "1.9.3", "1.11.8", "2.0.0rc7"];

for (const version of versions) {
  describe(`OctoPrint ${version}`, () => {
    test("a good key", async (t) => {
      const { url } = await startStandIn(t, { version });
      const api = createApi(url);
      assert.equal((await api.get("api/job")).ok, true);
      const user = await readUser(api);
      // Before 1.4 nobody tells.
      if (/^1\.3/.test(version)) assert.deepEqual(user.ok && user.body, { name: null, permissions: null });
      else assert.equal(user.ok && user.body.name, "kay");
    });

    for (const key of ["wrong-key", ` ${goodKey.slice(1)}`]) {
      test(`a wrong key is called so, whatever was asked: ${key}`, async (t) => {
        const { url } = await startStandIn(t, { version });
        const api = createApi(url, { apiKey: key });
        for (const answer of [
          await api.get("api/job"),
          await api.post("api/job", { command: "pause", action: "pause" }),
          await api.post("api/login", { passive: true }),
          await readUser(api),
          await checkServer(api, []),
        ]) {
          assert.equal(answer.ok ? "accepted" : answer.problem.code, "key-refused");
        }
      });
    }

    test("an empty key is none, and is not sent", async (t) => {
      const standIn = await startStandIn(t, { version });
      const api = createApi(standIn.url, { apiKey: "" });
      const answer = await api.post("api/job", { command: "pause", action: "pause" });
      assert.equal(answer.ok ? "accepted" : answer.problem.code, "key-missing");
      const { headers } = await standIn.requests.next();
      assert.equal("x-api-key" in headers, false);
    });
  });
}

test("spaces around a key are not part of it", async (t) => {
  const { url } = await startStandIn(t);
  assert.equal((await createApi(url, { apiKey: ` ${goodKey}\n` }).get("api/job")).ok, true);
});

test("a key of any length and alphabet", async (t) => {
  const standIn = await startStandIn(t);
  const key = "Zz_-9".repeat(20);
  standIn.users.set(key, { name: "max", permissions: ["STATUS"] });
  assert.equal((await createApi(standIn.url, { apiKey: key }).get("api/job")).ok, true);
});

test("characters that no header may have are a word on the key, which is not in it", async (t) => {
  const { url } = await startStandIn(t);
  for (const apiKey of ["ключ", "a\nb", "a\u0000b"]) {
    assert.deepEqual(await createApi(url, { apiKey }).get("api/job"), { ok: false, problem: { code: "key-invalid" } });
  }
});

test("403 with a good key: the user may not", async (t) => {
  const standIn = await startStandIn(t);
  standIn.users.set("rita's", { name: "rita", permissions: [] });
  const answer = await createApi(standIn.url, { apiKey: "rita's" }).get("api/job");
  assert.deepEqual(answer.ok || { problem: answer.problem, status: answer.status }, {
    problem: { code: "forbidden", user: "rita" },
    status: 403,
  });
});

test("403 of a proxy in front: there is no user to name", async (t) => {
  const standIn = await startStandIn(t);
  standIn.intercept = () => ({ status: 403, body: "<html><title>403 Forbidden</title></html>" });
  for (const apiKey of [goodKey, ""]) {
    const api = createApi(standIn.url, { apiKey });
    for (const answer of [await api.get("api/job"), await api.post("api/job"), await checkServer(api, [])]) {
      assert.deepEqual(answer.ok || answer.problem, { code: "access-refused" });
    }
  }
});

test("403 for an administrator: the setup wizard is not through", async (t) => {
  const standIn = await startStandIn(t);
  standIn.users.set("admin's", { name: "ada", permissions: ["ADMIN", "STATUS"] });
  standIn.intercept = ({ path }) => (path === "/api/job" ? { status: 403, body: "Forbidden" } : undefined);
  const answer = await createApi(standIn.url, { apiKey: "admin's" }).get("api/job");
  assert.equal(answer.ok || answer.problem.code, "wizard-unfinished");
});

describe("a test of the connection says", () => {
  const wanted = ["STATUS", "PRINT", "FILES_UPLOAD", "WEBCAM"];

  test("version, user, and what the key may not do", async (t) => {
    const { url } = await startStandIn(t, { version: "2.0.0rc7" });
    const checked = await checkServer(createApi(url), wanted);
    assert.deepEqual(checked.ok && { ...checked.body, user: checked.body.user.name }, {
      version: "2.0.0rc7",
      user: "kay",
      missing: ["FILES_UPLOAD", "WEBCAM"],
      safeMode: null,
    });
  });

  test("nothing is missing to an administrator, nor to any key before 1.4", async (t) => {
    const standIn = await startStandIn(t);
    standIn.users.set("admin's", { name: "_api", permissions: ["ADMIN", "STATUS"] });
    for (const api of [
      createApi(standIn.url, { apiKey: "admin's" }),
      createApi((await startStandIn(t, { version: "1.3.12" })).url),
    ]) {
      const checked = await checkServer(api, wanted);
      assert.deepEqual(checked.ok && checked.body.missing, []);
    }
  });

  test("safe mode", async (t) => {
    const { url } = await startStandIn(t, { safeMode: "incomplete_startup" });
    const checked = await checkServer(createApi(url), []);
    assert.equal(checked.ok && checked.body.safeMode, "incomplete_startup");
  });

  test("that the key may not read the printer's status", async (t) => {
    const standIn = await startStandIn(t);
    standIn.users.set("nemo's", { name: "nemo", permissions: [] });
    const checked = await checkServer(createApi(standIn.url, { apiKey: "nemo's" }), wanted);
    assert.deepEqual(checked.ok || checked.problem, { code: "status-forbidden", user: "nemo" });
  });

  test("that a key is wanted, or that none is needed", async (t) => {
    const closed = await startStandIn(t);
    const refused = await checkServer(createApi(closed.url, { apiKey: "" }), []);
    assert.equal(refused.ok || refused.problem.code, "key-missing");
    const open = await startStandIn(t, { guest: ["STATUS"] });
    const checked = await checkServer(createApi(open.url, { apiKey: "" }), wanted);
    assert.deepEqual(checked.ok && [checked.body.user.name, checked.body.missing], [
      null,
      ["PRINT", "FILES_UPLOAD", "WEBCAM"],
    ]);
  });

  test("that other servers imitate OctoPrint's API", async (t) => {
    const standIn = await startStandIn(t, { version: "1.3.12" });
    standIn.intercept = ({ path }) =>
      path === "/api/version"
        ? { status: 200, body: { server: "1.5.0", api: "0.1", text: "Moonraker 0.8" } }
        : { status: 404, body: "no" };
    const checked = await checkServer(createApi(standIn.url), []);
    assert.equal(checked.ok || checked.problem.code, "not-octoprint");
  });

  test("that a prefix is missing", async (t) => {
    const standIn = await startStandIn(t, { prefix: "/mk3" });
    const checked = await checkServer(createApi(standIn.url.replace("/mk3", "")), []);
    assert.deepEqual(checked.ok || checked.problem, { code: "path-unknown", path: "api/version" });
    assert.equal((await checkServer(createApi(standIn.url), [])).ok, true);
  });
});
