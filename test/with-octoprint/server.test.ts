import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { requestKey, waitForKey } from "../../nodes/server/application-keys.ts";
import { checkServer } from "../../nodes/server/check-server.ts";
import { readUser } from "../../nodes/server/current-user.ts";
import { fieldsOf } from "../../nodes/server/json.ts";
import { createApi, kindOf, openPush, type Pushed, type PushOptions, settingsOf } from "../server/connecting.ts";
import { type Scope, ScriptScope } from "../support/cleanup.ts";
import { startHttpProxy } from "../support/http-proxy.ts";
import { dwell, type OctoPrint, startOctoPrint, withoutOctoPrint } from "../support/octoprint.ts";
import { octoPrintVersions } from "../support/octoprint-install.ts";

const wanted = ["STATUS", "FILES_LIST", "MONITOR_TERMINAL", "PRINT", "SYSTEM"];
const never = new AbortController().signal;

for (const version of octoPrintVersions) {
  describe(`OctoPrint ${version}`, { skip: withoutOctoPrint(version) }, () => {
    let octoPrint: OctoPrint;
    const scope = new ScriptScope();
    after(() => scope.end());
    before(async () => {
      octoPrint = await startOctoPrint(scope, version);
    });

    const api = (apiKey: string): ReturnType<typeof createApi> => createApi(octoPrint.url, { apiKey });
    const open = (t: Scope, options: PushOptions = {}, url = octoPrint.url): Pushed =>
      openPush(t, url, { apiKey: octoPrint.keys.user, ...options });

    test("who has which key", async () => {
      const { keys } = octoPrint;
      const names: [string, string | null][] = [
        [keys.admin, "_api"],
        [keys.user, "kay"],
        [keys.readonly, "rita"],
      ];
      for (const [key, name] of names) {
        const checked = await checkServer(api(key), wanted);
        assert.ok(checked.ok, JSON.stringify(checked));
        assert.deepEqual([checked.body.version, checked.body.user.name], [version, name]);
        const missing = { _api: [], kay: ["SYSTEM"], rita: ["PRINT", "SYSTEM"] }[name ?? ""];
        assert.deepEqual(checked.body.missing, missing);
      }
      const nothing = await checkServer(api(keys.nothing), wanted);
      assert.deepEqual(nothing.ok || nothing.problem, { code: "status-forbidden", user: "nemo" });
    });

    test("a wrong key is called so, whatever was asked", async () => {
      for (const answer of [
        await api("wrong").get("api/job"),
        await api("wrong").post("api/job", { command: "pause", action: "pause" }),
        await api("wrong").post("api/login", { passive: true }),
        await api("wrong").delete("api/files/local/a.gcode"),
        await checkServer(api("wrong"), wanted),
      ]) {
        assert.equal(answer.ok || answer.problem.code, "key-refused");
      }
      const guest = await api("").post("api/job", { command: "pause", action: "pause" });
      assert.equal(guest.ok || guest.problem.code, "key-missing");
      const forbidden = await api(octoPrint.keys.readonly).get("api/printerprofiles");
      assert.deepEqual(forbidden.ok || forbidden.problem, { code: "forbidden", user: "rita" });
    });

    test("a key is granted, used and revoked; its socket goes on, and we notice", async (t) => {
      const settings = settingsOf(octoPrint.url, { apiKey: "" });
      const asked = await requestKey(settings, "Node-RED test", "");
      assert.ok(asked.ok, JSON.stringify(asked));
      assert.match(asked.body.page ?? "", /\/plugin\/appkeys\/auth\//);
      const waiting = waitForKey(settings, asked.body, never);
      const kay = api(octoPrint.keys.user);
      const listed = await kay.get("api/plugin/appkeys");
      const [token] = Object.keys(fieldsOf(fieldsOf(listed.ok && listed.body).pending));
      assert.equal((await kay.post(`plugin/appkeys/decision/${token}`, { decision: true })).ok, true);
      const granted = await waiting;
      assert.ok(granted.ok, JSON.stringify(granted));
      const { apiKey } = granted.body;
      const user = await readUser(api(apiKey));
      assert.equal(user.ok && user.body.name, "kay");

      const pushed = open(t, { apiKey, times: { keyCheck: 200 } });
      await pushed.phase("connected");
      assert.equal(
        (await api(apiKey).post("api/plugin/appkeys", { command: "revoke", app: "Node-RED test" })).ok,
        true,
      );
      assert.equal(await pushed.problem(), "key-refused");
    });

    test("a key is denied", async () => {
      const settings = settingsOf(octoPrint.url, { apiKey: "" });
      const asked = await requestKey(settings, "Node-RED test", "kay");
      assert.ok(asked.ok, JSON.stringify(asked));
      const waiting = waitForKey(settings, asked.body, never);
      const kay = api(octoPrint.keys.user);
      const listed = await kay.get("api/plugin/appkeys");
      const [token] = Object.keys(fieldsOf(fieldsOf(listed.ok && listed.body).pending));
      await kay.post(`plugin/appkeys/decision/${token}`, { decision: false });
      const denied = await waiting;
      assert.equal(denied.ok || denied.problem.code, "key-not-granted");
    });

    test("a prefix that the proxy tells of", async (t) => {
      const url = await startHttpProxy(t, octoPrint.port, { prefix: "/mk3" });
      const pushed = open(t, {}, url);
      await pushed.phase("connected");
      assert.equal(pushed.connection.state.session?.polled, false);
      const missing = await checkServer(createApi(url.replace("/mk3", "/mk4"), { apiKey: octoPrint.keys.user }), []);
      assert.equal(missing.ok || missing.problem.code, "path-unknown");
    });

    test("a print over the socket: history first, events in their order, the state at the end", async (t) => {
      const pushed = open(t, { push: { throttle: 0.5 } });
      assert.equal(kindOf(await pushed.frames.next()), "history");
      await octoPrint.connectPrinter();
      await pushed.frames.next((frame) => kindOf(frame) === "event:Connected");
      const file = { name: "Bär.gcode", content: dwell(2) };
      const uploaded = await api(octoPrint.keys.user).upload("api/files/local", file, { print: "true" });
      assert.equal(uploaded.ok && uploaded.status, 201);
      for (const type of ["PrintStarted", "PrintDone"]) {
        await pushed.frames.next((frame) => kindOf(frame) === `event:${type}`);
      }
      const done = await pushed.frames.next((frame) => completionOf(frame.current) === 100);
      assert.ok(done);
      // No terminal, no plugins' messages: they were not asked for.
      assert.ok(pushed.frames.items.every((frame) => !("plugin" in frame)));
      assert.ok(pushed.frames.items.every(({ current }) => [fieldsOf(current).logs ?? []].flat().length === 0));
    });

    test("a print where no websocket comes through: REST, and what must have happened", async (t) => {
      const url = await startHttpProxy(t, octoPrint.port, { noUpgrade: true });
      const pushed = open(t, { times: { poll: 100, pollIdle: 100 } }, url);
      const { problem } = await pushed.phase("connected");
      assert.deepEqual(problem, { code: "no-websocket" });
      await pushed.frames.next((frame) => "history" in frame);
      await octoPrint.upload("short.gcode", dwell(2), true);
      for (const type of ["PrintStarted", "PrintDone"]) {
        const { event } = await pushed.frames.next((frame) => kindOf(frame) === `event:${type}`);
        assert.equal(fieldsOf(fieldsOf(event).payload).derived, true);
      }
      await octoPrint.upload("long.gcode", dwell(100), true);
      await pushed.frames.next((frame) => kindOf(frame) === "event:PrintStarted");
      await api(octoPrint.keys.user).post("api/job", { command: "pause", action: "pause" });
      await pushed.frames.next((frame) => kindOf(frame) === "event:PrintPaused");
      await api(octoPrint.keys.user).post("api/job", { command: "pause", action: "resume" });
      await pushed.frames.next((frame) => kindOf(frame) === "event:PrintResumed");
      await api(octoPrint.keys.user).post("api/job", { command: "cancel" });
      await pushed.frames.next((frame) => kindOf(frame) === "event:PrintCancelled");
    });

    test("a user's rights change: a new session knows them", async (t) => {
      const pushed = open(t, { apiKey: octoPrint.keys.readonly });
      await pushed.phase("connected");
      await octoPrint.request("PUT", "api/access/users/rita", { active: true, groups: ["readonly", "users"] });
      await pushed.states.next(({ session }) => session?.user.permissions?.includes("PRINT") === true);
      await octoPrint.request("PUT", "api/access/users/rita", { active: true, groups: ["readonly"] });
    });

    test("OctoPrint is killed and started: a new session, and what it was in between", async (t) => {
      const pushed = open(t);
      await pushed.phase("connected");
      await octoPrint.stop("SIGKILL");
      assert.match(await pushed.problem(), /^(push-lost|octoprint-reset)$/);
      await pushed.states.next(({ problem }) => problem?.code === "octoprint-refused");
      await octoPrint.start();
      await pushed.phase("connected");
      const told = pushed.states.items.map(({ phase, problem }) => problem?.code ?? phase);
      const allowed = /^(connecting|connected|push-lost|octoprint-(refused|reset|starting|no-answer))$/;
      assert.ok(
        told.every((word) => allowed.test(word)),
        told.join(" "),
      );
    });

    test("too many wrong logins from this address: it polls, and says so", async (t) => {
      for (let attempt = 0; attempt < 4; attempt++) {
        await api(octoPrint.keys.user).post("api/login", { user: "kay", pass: "wrong" });
      }
      const pushed = open(t);
      const { problem, session } = await pushed.phase("connected");
      assert.deepEqual([problem?.code, session?.polled], ["too-many-logins", true]);
    });
  });
}

function completionOf(current: unknown): unknown {
  return fieldsOf(fieldsOf(current).progress).completion;
}
