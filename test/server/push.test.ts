import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { FirstAttempts } from "../../nodes/server/first-attempts.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import type { Scope } from "../support/cleanup.ts";
import {
  goodKey,
  type SeenSocket,
  type StandIn,
  type StandInOptions,
  startStandIn,
} from "../support/octoprint-stand-in.ts";
import { kindOf, kindsOf, openPush, type Pushed, type PushOptions } from "./connecting.ts";

interface Connected extends Pushed {
  readonly standIn: StandIn;
  readonly socket: SeenSocket;
}

async function connect(scope: Scope, options: StandInOptions = {}, push: PushOptions = {}): Promise<Connected> {
  const standIn = await startStandIn(scope, options);
  const pushed = openPush(scope, standIn.url, push);
  await pushed.phase("connected");
  return { ...pushed, standIn, socket: await standIn.sockets.next() };
}

async function nextKind({ frames }: Pushed): Promise<string> {
  return kindOf(await frames.next());
}

describe("a push connection", () => {
  test("says what it wants first, then logs in right before auth; the history is what comes first", async (t) => {
    const { standIn, socket, frames, states } = await connect(
      t,
      {},
      { push: { throttle: 2, plugins: ["psucontrol"] } },
    );
    assert.deepEqual(await socket.frames.take(3), [
      { throttle: 4 },
      { subscribe: { state: { logs: false, messages: false }, events: true, plugins: ["psucontrol"] } },
      { auth: "kay:session1" },
    ]);
    assert.deepEqual(kindsOf({ frames } as Pushed).slice(0, 1), ["history"]);
    const [login] = standIn.requests.items.filter(({ method }) => method === "POST");
    // In the header and in the body: 1.8.7 insists on the latter.
    assert.deepEqual(
      [login?.path, login?.headers["x-api-key"], String(login?.body)],
      ["/api/login", goodKey, '{"passive":true}'],
    );
    const { session } = states.items.find(({ phase }) => phase === "connected") ?? {};
    assert.deepEqual(
      [session?.version, session?.user.name, session?.safeMode, session?.polled],
      ["1.11.8", "kay", null, false],
    );
    assert.equal(session?.localAddress, "127.0.0.1");
  });

  test("the key is not part of the handshake, and no Origin is", async (t) => {
    const { socket } = await connect(t);
    assert.doesNotMatch(JSON.stringify(socket.headers), new RegExp(`${goodKey}|origin`, "i"));
  });

  test("delivers frames in their order, to users and observers alike", async (t) => {
    const connected = await connect(t);
    const observed: string[] = [];
    const stop = connected.connection.observe({
      state: () => undefined,
      frame: (frame) => observed.push(kindOf(frame)),
    });
    assert.deepEqual([await nextKind(connected), await nextKind(connected)], ["history", "timelapse"]);
    connected.standIn.push({ event: { type: "PrintStarted", payload: {} } });
    connected.standIn.push({ current: { state: {} } });
    connected.standIn.push({ somethingNew: 1 });
    const kinds = [await nextKind(connected), await nextKind(connected), await nextKind(connected)];
    assert.deepEqual(kinds, ["event:PrintStarted", "current", "somethingNew"]);
    assert.deepEqual(observed.slice(-3), kinds);
    stop();
    connected.standIn.push({ current: {} });
    await nextKind(connected);
    assert.equal(observed.filter((kind) => kind === "current").length, 1);
  });

  test("what came before the history is not lost, and comes after it", async (t) => {
    const standIn = await startStandIn(t);
    standIn.silent = true;
    const pushed = openPush(t, standIn.url);
    const socket = await standIn.sockets.next();
    await socket.frames.take(3);
    socket.send({ plugin: { plugin: "psucontrol", data: {} } });
    socket.send({ history: {} });
    assert.deepEqual([await nextKind(pushed), await nextKind(pushed)], ["history", "plugin"]);
  });

  test("garbage does it no harm", async (t) => {
    const connected = await connect(t);
    for (const garbage of [[], 1, "x", null, {}, { event: null }, { history: "?" }, { current: [] }]) {
      connected.standIn.push(garbage as object);
    }
    connected.standIn.push({ current: { state: {} } });
    await connected.frames.next((frame) => JSON.stringify(frame) === '{"current":{"state":{}}}');
  });

  test("wants something else later", async (t) => {
    const { connection, socket } = await connect(t);
    await socket.frames.take(3);
    connection.subscribe({ throttle: 0.5, logs: "busy: paused for user", plugins: true });
    assert.deepEqual(await socket.frames.take(2), [
      { throttle: 1 },
      { subscribe: { state: { logs: "busy: paused for user", messages: false }, events: true, plugins: true } },
    ]);
  });

  test("one for any number of users; it ends a while after the last has left, and opens again", async (t) => {
    const { connection, standIn, socket, leave, phase, states } = await connect(t);
    const leaveToo = connection.receive({ state: () => undefined, frame: () => undefined });
    leave();
    leave();
    leaveToo();
    assert.equal(await socket.closed, 1000);
    await new Promise<void>((resolve) => {
      connection.observe({ state: ({ phase: now }) => now === "idle" && resolve(), frame: () => undefined });
    });
    connection.receive({ state: (state) => states.push(state), frame: () => undefined });
    await phase("connected");
    assert.equal(standIn.sockets.items.length, 2);
  });

  test("a deploy that takes its users away and brings them back does not cut it", async (t) => {
    const { connection, leave, standIn } = await connect(t, {}, { times: { idle: 60_000 } });
    leave();
    connection.receive({ state: () => undefined, frame: () => undefined });
    assert.equal(connection.state.phase, "connected");
    assert.equal(standIn.sockets.items.length, 1);
  });

  test("below a prefix, with a proxy's Basic authentication on the handshake, too", async (t) => {
    const { socket } = await connect(
      t,
      { prefix: "/mk3", basic: "joe:s3cret" },
      { proxyUser: "joe", proxyPassword: "s3cret" },
    );
    assert.equal(socket.headers.authorization, `Basic ${Buffer.from("joe:s3cret").toString("base64")}`);
  });

  test("in safe mode it says why", async (t) => {
    const { connection } = await connect(t, { safeMode: "settings" });
    assert.equal(connection.state.session?.safeMode, "settings");
  });

  test("as a guest where guests may read, without any login", async (t) => {
    const { connection, standIn } = await connect(t, { guest: ["STATUS"] }, { apiKey: "" });
    assert.equal(connection.state.session?.user.name, null);
    assert.ok(standIn.requests.items.every(({ method }) => method === "GET"));
  });

  test("with OctoPrint 1.3.12, which tells nobody's permissions", async (t) => {
    const { connection } = await connect(t, { version: "1.3.12" });
    assert.deepEqual(connection.state.session?.user, { name: null, permissions: null });
  });

  describe("over TLS", () => {
    let certificates: Certificates;
    before(async () => {
      certificates = await makeCertificates();
    });

    test("with an authority and a client certificate of one's own", async (t) => {
      const tls = { ...certificates.server, ca: certificates.ca.cert, requestCert: true, rejectUnauthorized: true };
      const { cert, key } = certificates.client;
      await connect(t, { tls }, { tls: { ca: certificates.ca.cert, cert, key } });
    });

    test("nothing is sent to a stranger", async (t) => {
      const standIn = await startStandIn(t, { tls: certificates.unknownCa });
      const pushed = openPush(t, standIn.url, { tls: { ca: certificates.ca.cert } });
      assert.equal(await pushed.problem(), "certificate-unknown-ca");
      assert.equal(standIn.requests.items.length, 0);
    });
  });
});

describe("many push connections that open in the same moment", () => {
  test("a few try at once, the others one after the other", () => {
    const attempts = new FirstAttempts(() => 0);
    const delays = Array.from({ length: 50 }, () => attempts.delay());
    assert.deepEqual(delays.slice(0, 8), [0, 0, 0, 0, 0, 100, 200, 300]);
    assert.equal(delays.at(-1), 4500);
  });

  test("hundreds wait 10 s at most", () => {
    const attempts = new FirstAttempts(() => 0);
    const delays = Array.from({ length: 500 }, () => attempts.delay());
    assert.ok(delays.every((delay) => delay >= 0 && delay <= 10_000));
  });

  test("those that come one by one, or a while later, do not wait", () => {
    let now = 0;
    const attempts = new FirstAttempts(() => now);
    for (let count = 0; count < 20; count++) {
      assert.equal(attempts.delay(), 0);
      now += 100;
    }
    for (let count = 0; count < 20; count++) attempts.delay();
    now += 5000;
    assert.equal(attempts.delay(), 0);
  });

  test("one that waits asks nothing, and one that is closed meanwhile never does", async (t) => {
    const standIn = await startStandIn(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const waiting = openPush(t, standIn.url, { firstDelay: () => 100 });
    const closed = openPush(t, standIn.url, { firstDelay: () => 100 });
    const first = openPush(t, standIn.url);
    await first.phase("connected");
    assert.deepEqual([waiting.connection.state.phase, standIn.sockets.items.length], ["connecting", 1]);
    closed.connection.close();
    t.mock.timers.tick(100);
    await waiting.phase("connected");
    assert.equal(standIn.sockets.items.length, 2);
    assert.equal(closed.connection.state.phase, "idle");
  });
});

describe("a push connection that is lost", () => {
  test("OctoPrint stops without a word, and starts again: a new login, a new session, a new history", async (t) => {
    const { connection, standIn, socket, phase, frames } = await connect(t);
    const before = connection.state.session;
    socket.cut();
    const lost = await phase("disconnected");
    assert.deepEqual(lost.problem, { code: "push-lost", server: new URL(standIn.url).host });
    await phase("connected");
    assert.notEqual(connection.state.session, before);
    await frames.next((frame) => "history" in frame);
    await frames.next((frame) => "history" in frame);
    const again = await standIn.sockets.next();
    assert.deepEqual((await again.frames.take(3)).at(-1), { auth: "kay:session2" });
  });

  test("it tries for ever, and says why; a reason that stays is said once", async (t) => {
    const { standIn, states, phase, problem } = await connect(t);
    await standIn.stop();
    assert.match(await problem(), /^(push-lost|octoprint-re)/);
    await states.next(({ problem: found }) => found?.code === "octoprint-refused");
    await standIn.start();
    await phase("connected");
    const refused = states.items.filter(({ problem: found }) => found?.code === "octoprint-refused");
    assert.equal(refused.length, 1);
  });

  test("while OctoPrint starts, that is what it says", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = () => ({ status: 501, body: "<html></html>" });
    const pushed = openPush(t, standIn.url);
    assert.equal(await pushed.problem(), "octoprint-starting");
    standIn.intercept = () => undefined;
    await pushed.phase("connected");
  });

  test("a socket that answers no ping is dead", async (t) => {
    const { socket, problem, phase } = await connect(t, {}, { times: { ping: 20 } });
    socket.freeze();
    assert.equal(await problem(), "push-lost");
    await phase("connected");
  });

  test("one that answers pings is not, however silent: no printer is connected", async (t) => {
    const { connection, standIn } = await connect(t, {}, { times: { ping: 5, keyCheck: 50 } });
    const asked = standIn.requests.items.length;
    await standIn.requests.take(asked + 1);
    assert.equal(connection.state.phase, "connected");
    assert.equal(standIn.sockets.items.length, 1);
  });

  test("a revoked key's socket goes on delivering: the key is asked after", async (t) => {
    const { standIn, socket, problem, phase } = await connect(t, {}, { times: { keyCheck: 20 } });
    const user = standIn.users.get(goodKey);
    standIn.users.delete(goodKey);
    assert.equal(await problem(), "key-refused");
    await socket.closed;
    const logins = standIn.requests.items.filter(({ path }) => path === "/api/login").length;
    // Refused logins are counted by OctoPrint, so a key that is refused makes none.
    await standIn.requests.next(({ path }) => path === "/api/currentuser");
    assert.equal(standIn.requests.items.filter(({ path }) => path === "/api/login").length, logins);
    if (user) standIn.users.set(goodKey, user);
    await phase("connected");
  });

  test("a question after the key that fails changes nothing", async (t) => {
    const { standIn, connection } = await connect(t, {}, { times: { keyCheck: 20 } });
    standIn.intercept = () => ({ status: 500, body: "no" });
    const asked = standIn.requests.items.length;
    await standIn.requests.take(asked + 2);
    assert.equal(connection.state.phase, "connected");
  });
});

describe("a push connection that OctoPrint wants to have logged in again", () => {
  test("a session that has gone stale: on the same socket, so that no event is lost", async (t) => {
    const connected = await connect(t);
    await connected.socket.frames.take(3);
    connected.socket.send({ reauthRequired: { reason: "stale" } });
    assert.deepEqual(await connected.socket.frames.next(), { auth: "kay:session2" });
    connected.standIn.push({ event: { type: "PrintDone", payload: {} } });
    await connected.frames.next((frame) => kindOf(frame) === "event:PrintDone");
    assert.equal(connected.standIn.sockets.items.length, 1);
    assert.equal(connected.connection.state.phase, "connected");
  });

  test("a user whose rights have changed: a new socket tells what they are now", async (t) => {
    const { standIn, socket, phase, connection } = await connect(t);
    standIn.users.set(goodKey, { name: "kay", permissions: ["STATUS"] });
    socket.send({ reauthRequired: { reason: "modified" } });
    await phase("disconnected");
    await phase("connected");
    assert.deepEqual(connection.state.session?.user.permissions, ["STATUS"]);
  });

  test("again and again: then it polls", async (t) => {
    const standIn = await startStandIn(t);
    standIn.silent = true;
    const pushed = openPush(t, standIn.url);
    const socket = await standIn.sockets.next();
    const again = (): void => socket.send({ reauthRequired: { reason: "stale" } });
    for (let login = 1; login <= 3; login++) {
      await socket.frames.next((frame) => frame.auth === `kay:session${login}`);
      again();
    }
    assert.equal(await pushed.problem(), "session-refused");
    assert.equal(pushed.connection.state.session?.polled, true);
  });

  test("the login's user is the one that it names, not one that is set", async (t) => {
    const standIn = await startStandIn(t);
    standIn.users.set(goodKey, { name: "Käthe ü", permissions: ["STATUS"] });
    const pushed = openPush(t, standIn.url);
    await pushed.phase("connected");
    const socket = await standIn.sockets.next();
    await socket.frames.next((frame) => frame.auth === "Käthe ü:session1");
  });
});

describe("no push connection, and why", () => {
  const refusals: readonly [string, (standIn: StandIn) => void, string][] = [
    ["a wrong key", ({ users }) => users.clear(), "key-refused"],
    [
      "a user who may not read",
      ({ users }) => void users.set(goodKey, { name: "nemo", permissions: [] }),
      "status-forbidden",
    ],
    [
      "a redirect to https",
      (standIn) => {
        standIn.intercept = () => ({ status: 301, headers: { Location: "https://elsewhere.example/" } });
      },
      "redirected",
    ],
    [
      "not OctoPrint",
      (standIn) => {
        standIn.intercept = () => ({ status: 200, body: "<html>router</html>" });
      },
      "not-octoprint",
    ],
    [
      "too many requests",
      (standIn) => {
        standIn.intercept = () => ({ status: 429 });
      },
      "too-many-requests",
    ],
  ];
  for (const [what, prepare, code] of refusals) {
    test(what, async (t) => {
      const standIn = await startStandIn(t);
      prepare(standIn);
      const pushed = openPush(t, standIn.url);
      assert.equal(await pushed.problem(), code);
      assert.equal(standIn.sockets.items.length, 0);
    });
  }

  test("no answer to the login, which is no command whose outcome matters", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = ({ path }) => (path === "/api/login" ? "cut" : undefined);
    assert.equal(await openPush(t, standIn.url).problem(), "octoprint-no-answer");
  });

  test("a guest where guests may not read", async (t) => {
    const standIn = await startStandIn(t);
    assert.equal(await openPush(t, standIn.url, { apiKey: "" }).problem(), "key-missing");
  });

  test("it can be closed by whoever is told of its end", async (t) => {
    const { connection, standIn, socket } = await connect(t);
    const ended = new Promise<void>((resolve) => {
      connection.observe({
        state: ({ phase }) => {
          if (phase !== "disconnected") return;
          connection.close();
          resolve();
        },
        frame: () => undefined,
      });
    });
    const asked = standIn.requests.items.length;
    socket.cut();
    await ended;
    // Another connection of its kind has long come back by then.
    const other = openPush(t, standIn.url);
    await other.phase("connected");
    assert.equal(connection.state.phase, "idle");
    const logins = standIn.requests.items.slice(asked).filter(({ path }) => path === "/api/login");
    assert.equal(logins.length, 1);
  });

  test("nothing is told after the end", async (t) => {
    const { connection, standIn, states, frames } = await connect(t);
    connection.close();
    const [told, came] = [states.items.length, frames.items.length];
    standIn.push({ current: {} });
    await standIn.stop();
    connection.receive({ state: () => undefined, frame: () => assert.fail("a frame") })();
    assert.deepEqual([states.items.length, frames.items.length], [told, came]);
    assert.equal(connection.state.phase, "idle");
  });
});
