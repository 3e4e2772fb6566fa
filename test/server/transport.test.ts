import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { startStandIn } from "../support/octoprint-stand-in.ts";
import { freePort } from "../support/ports.ts";
import { startRaw, startRawTls } from "../support/raw-server.ts";
import { createApi } from "./connecting.ts";

const command = { command: "cancel" };

describe("nobody answers", () => {
  test("a port where nothing listens", async () => {
    const server = `127.0.0.1:${await freePort()}`;
    const problem = { code: "octoprint-refused", server };
    assert.deepEqual(await createApi(server).get("api/job"), { ok: false, problem });
    // It was never sent, so that its fate is known.
    assert.deepEqual(await createApi(server).post("api/job", command), { ok: false, problem });
  });

  test("a host that does not exist", async () => {
    const answer = await createApi("octopi.invalid").get("api/job");
    assert.deepEqual(answer, { ok: false, problem: { code: "host-unknown", server: "octopi.invalid" } });
  });

  test("a name of the local network, which containers do not look up", async () => {
    const answer = await createApi("no-such-octopi.local:5000").get("api/job");
    assert.deepEqual(answer, {
      ok: false,
      problem: { code: "local-name-unknown", server: "no-such-octopi.local:5000" },
    });
  });

  test("a server that accepts and says nothing", async (t) => {
    const raw = await startRaw(t, () => undefined);
    const server = `127.0.0.1:${raw.port}`;
    const api = createApi(server, {}, { get: 30, change: 30 });
    assert.deepEqual(await api.get("api/job"), { ok: false, problem: { code: "octoprint-no-answer", server } });
  });

  test("no TLS handshake in time", async (t) => {
    const raw = await startRaw(t, () => undefined);
    const server = `127.0.0.1:${raw.port}`;
    const answer = await createApi(`https://${server}`, {}, { connect: 30 }).post("api/job", command);
    assert.deepEqual(answer, { ok: false, problem: { code: "octoprint-no-answer", server } });
  });

  test("a server that hangs up before it answers", async (t) => {
    const raw = await startRaw(t, (socket) => void socket.once("data", () => socket.destroy()));
    const server = `127.0.0.1:${raw.port}`;
    const answer = await createApi(server).get("api/job");
    assert.deepEqual(answer, { ok: false, problem: { code: "octoprint-reset", server } });
  });
});

describe("it cannot be known whether a command was carried out", () => {
  test("where the answer does not come in time", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = () => "never";
    const api = createApi(standIn.url, {}, { change: 50 });
    for (const answer of [await api.post("api/job", command), await api.delete("api/files/local/a.gcode")]) {
      assert.equal(answer.ok || answer.problem.code, "outcome-unknown");
    }
    assert.equal(standIn.requests.items.length, 2, "nothing is repeated");
  });

  test("where the connection ends before the answer", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = () => "cut";
    const answer = await createApi(standIn.url).post("api/job", command);
    assert.equal(answer.ok || answer.problem.code, "outcome-unknown");
    assert.equal(standIn.requests.items.length, 1, "nothing is repeated");
  });

  test("where the answer ends in the middle", async (t) => {
    const raw = await startRaw(t, (socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"));
    });
    const api = createApi(`127.0.0.1:${raw.port}`);
    const commanded = await api.post("api/job", command);
    assert.equal(commanded.ok || commanded.problem.code, "outcome-unknown");
    const asked = await api.get("api/job");
    assert.equal(asked.ok || asked.problem.code, "octoprint-reset");
  });

  test("but a limit of its own can be set, and it can be given up", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = () => "never";
    const api = createApi(standIn.url);
    const late = await api.get("api/job", { limit: 30 });
    assert.equal(late.ok || late.problem.code, "octoprint-no-answer");
    const abort = new AbortController();
    const asked = api.get("api/job", { signal: abort.signal });
    await standIn.requests.take(2);
    abort.abort();
    assert.deepEqual(await asked, { ok: false, problem: { code: "aborted" } });
    assert.deepEqual(await api.get("api/job", { signal: abort.signal }), { ok: false, problem: { code: "aborted" } });
    assert.equal(standIn.requests.items.length, 2);
  });
});

describe("what answers does not speak HTTP", () => {
  const talkers: readonly [string, string | Buffer, string][] = [
    ["OctoPrint's start page, which answers without a status line", "Not found", "octoprint-starting"],
    ["an SSH server", "SSH-2.0-OpenSSH_9.2\r\n", "not-octoprint"],
    ["a mail server", "220 mail.example ESMTP\r\n", "not-octoprint"],
    ["an MQTT broker", Buffer.from([0x20, 2, 0, 1]), "not-octoprint"],
    ["a server that expects TLS", Buffer.from([0x15, 3, 1, 0, 2, 2, 10]), "https-needed"],
  ];
  for (const [what, bytes, code] of talkers) {
    test(what, async (t) => {
      const raw = await startRaw(t, (socket) => void socket.once("data", () => socket.end(bytes)));
      const answer = await createApi(`127.0.0.1:${raw.port}`).get("api/job");
      assert.equal(answer.ok || answer.problem.code, code);
    });
  }
});

describe("TLS", () => {
  let certificates: Certificates;
  before(async () => {
    certificates = await makeCertificates();
  });

  test("https where TLS is not spoken", async (t) => {
    const open = await startStandIn(t);
    const wrong = await createApi(open.url.replace("http", "https")).get("api/job");
    assert.equal(wrong.ok || wrong.problem.code, "https-unsupported");
  });

  test("an authority of one's own", async (t) => {
    const standIn = await startStandIn(t, { tls: certificates.server });
    const answer = await createApi(standIn.url, { tls: { ca: certificates.ca.cert } }).get("api/job");
    assert.equal(answer.ok, true);
  });

  const bad: readonly [string, "unknownCa" | "server" | "wrongHost" | "expired", boolean, string][] = [
    ["of an authority that nobody knows", "unknownCa", true, "certificate-unknown-ca"],
    ["where no authority is given", "server", false, "certificate-unknown-ca"],
    ["for another host", "wrongHost", true, "certificate-host-name"],
    ["that has expired", "expired", true, "certificate-expired"],
  ];
  for (const [what, certificate, trusted, code] of bad) {
    test(`the key is never sent to a server with a certificate ${what}`, async (t) => {
      const { cert, key } = certificates[certificate];
      const raw = await startRawTls(t, { cert, key });
      const tls = trusted ? { ca: certificates.ca.cert } : {};
      for (const answer of [
        await createApi(`https://127.0.0.1:${raw.port}`, { tls }).get("api/job"),
        await createApi(`https://127.0.0.1:${raw.port}`, { tls }).post("api/job", command),
      ]) {
        assert.equal(answer.ok || answer.problem.code, code);
      }
      assert.equal(raw.received().length, 0);
    });
  }

  test("verification can be switched off", async (t) => {
    const standIn = await startStandIn(t, { tls: certificates.unknownCa });
    const answer = await createApi(standIn.url, { tls: { rejectUnauthorized: false } }).get("api/job");
    assert.equal(answer.ok, true);
  });

  test("a client certificate", async (t) => {
    const tls = { ...certificates.server, ca: certificates.ca.cert, requestCert: true, rejectUnauthorized: true };
    const standIn = await startStandIn(t, { tls });
    const { cert, key } = certificates.client;
    const ca = certificates.ca.cert;
    assert.equal((await createApi(standIn.url, { tls: { ca, cert, key } }).get("api/job")).ok, true);
    const without = await createApi(standIn.url, { tls: { ca } }).get("api/job");
    assert.equal(without.ok || without.problem.code, "certificate-required");
    const commanded = await createApi(standIn.url, { tls: { ca } }).post("api/job", command);
    assert.equal(commanded.ok || commanded.problem.code, "certificate-required");
  });

  test("the name that is asked for (SNI) can be another one", async (t) => {
    const names: string[] = [];
    const tls = {
      ...certificates.wrongHost,
      SNICallback: (name: string, done: (error: null) => void) => {
        names.push(name);
        done(null);
      },
    };
    const standIn = await startStandIn(t, { tls });
    const settings = { ca: certificates.ca.cert, servername: "printers.example" };
    assert.equal((await createApi(standIn.url, { tls: settings }).get("api/job")).ok, true);
    assert.deepEqual(names, ["printers.example"]);
  });

  test("a certificate that cannot be read", async (t) => {
    const standIn = await startStandIn(t, { tls: certificates.server });
    for (const tls of [{ ca: "nonsense" }, { cert: "nonsense" }, { key: "nonsense", cert: certificates.client.cert }]) {
      const answer = await createApi(standIn.url, { tls }).get("api/job");
      assert.match(answer.ok ? "" : answer.problem.code, /^(tls-settings|certificate-unknown-ca)$/);
    }
  });
});
