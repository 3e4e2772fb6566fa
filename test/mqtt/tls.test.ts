import assert from "node:assert/strict";
import { createServer } from "node:http";
import { before, test } from "node:test";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { generate } from "selfsigned";
import { startAedes } from "../support/broker.ts";
import { type Certificate, type Certificates, makeCertificates } from "../support/certificates.ts";
import { cleanup } from "../support/cleanup.ts";
import { portOf } from "../support/ports.ts";
import { connack, startRaw, startRawTls } from "../support/raw-server.ts";
import { connected, createConnection, join, Sender } from "./connecting.ts";

let certificates: Certificates;
let selfSigned: Certificate;
before(async () => {
  certificates = await makeCertificates();
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  });
  selfSigned = { cert: made.cert, key: made.private };
});

function trusting(further: TlsOptions = {}): TlsOptions {
  return { ca: certificates.ca.cert, ...further };
}

for (const scheme of ["mqtts", "wss"] as const) {
  test(`${scheme}: a certificate of a CA that is trusted`, async (t) => {
    const broker = await startAedes(t, { tls: certificates.server, ws: true });
    const opened = await connected(t, scheme === "wss" ? broker.wssUrl : broker.tlsUrl, { tls: trusting() });
    const member = join(opened, "a");
    const sender = new Sender(opened);
    await new Promise((resolve) => void broker.aedes.once("subscribe", resolve));
    sender.publish("a", "1", { qos: 1 });
    await member.messages.next();
  });

  const bad: readonly [string, (all: Certificates) => Certificate, TlsOptions | undefined, RegExp][] = [
    ["of a CA that nobody knows", ({ unknownCa }) => unknownCa, undefined, /^certificate-unknown-ca$/],
    ["where no CA is given", ({ server }) => server, {}, /^certificate-unknown-ca$/],
    ["for another host", ({ wrongHost }) => wrongHost, undefined, /^certificate-host-name$/],
    ["that has expired", ({ expired }) => expired, undefined, /^certificate-expired$/],
    ["that is not one of a server", ({ ca }) => ca, undefined, /^certificate-invalid$/],
    ["that it signed itself", () => selfSigned, {}, /^certificate-self-signed$/],
  ];
  for (const [what, certificate, tls, code] of bad) {
    test(`${scheme}: the password is never sent to a server with a certificate ${what}`, async (t) => {
      const { cert, key } = certificate(certificates);
      const server = await startRawTls(t, { cert, key });
      const settings = { username: "joe", password: "secret", tls: tls ?? trusting() };
      const opened = createConnection(t, `${scheme}://127.0.0.1:${server.port}`, settings);
      opened.connection.watch(() => undefined);
      // Twice: nor is it at the second attempt.
      for (let attempt = 0; attempt < 2; attempt++) {
        const problem = await opened.problem();
        assert.match(problem.code, code, JSON.stringify(problem));
      }
      await opened.connection.close();
      assert.equal(server.received().length, 0, `${server.received()}`);
    });
  }

  test(`${scheme}: another host name is accepted where that is wanted, another CA is not`, async (t) => {
    const tls = trusting({ checkServerIdentity: () => undefined });
    const broker = await startAedes(t, { tls: certificates.wrongHost, ws: true });
    await connected(t, scheme === "wss" ? broker.wssUrl : broker.tlsUrl, { tls });
    const stranger = await startRawTls(t, certificates.unknownCa);
    const opened = createConnection(t, `${scheme}://127.0.0.1:${stranger.port}`, { tls, username: "j", password: "p" });
    opened.connection.watch(() => undefined);
    assert.equal((await opened.problem()).code, "certificate-unknown-ca");
    assert.equal(stranger.received().length, 0);
  });

  test(`${scheme}: anybody is believed where verification is switched off`, async (t) => {
    const broker = await startAedes(t, { tls: certificates.unknownCa, ws: true });
    await connected(t, scheme === "wss" ? broker.wssUrl : broker.tlsUrl, { tls: { rejectUnauthorized: false } });
  });

  test(`${scheme}: a server that wants a client certificate`, async (t) => {
    const { cert, key } = certificates.client;
    const tls = { ...certificates.server, ca: certificates.ca.cert, requestCert: true, rejectUnauthorized: true };
    const broker = await startAedes(t, { tls, ws: true });
    const url = scheme === "wss" ? broker.wssUrl : broker.tlsUrl;
    const without = createConnection(t, url, { tls: trusting() });
    without.connection.watch(() => undefined);
    // The server may have hung up before its alert is read.
    assert.match((await without.problem()).code, /^(certificate-required|connection-reset|closed-by-server)$/);
    await connected(t, url, { tls: trusting({ cert, key }) });
  });
}

test("TLS to a port that does not speak it", async (t) => {
  const server = await startRaw(t, (socket) => void socket.once("data", () => socket.end(connack)));
  const opened = createConnection(t, `mqtts://127.0.0.1:${server.port}`, { tls: trusting() });
  opened.connection.watch(() => undefined);
  assert.equal((await opened.problem()).code, "tls-unsupported");
});

test("a certificate or ciphers that cannot be used are a reason, and no attempt is made", async (t) => {
  const tls: readonly TlsOptions[] = [
    { cert: certificates.client.cert, key: "rubbish" },
    { ciphers: "NO-SUCH-CIPHER" },
  ];
  for (const each of tls) {
    const server = await startRawTls(t, certificates.server);
    const opened = createConnection(t, `mqtts://127.0.0.1:${server.port}`, { tls: each });
    const sender = new Sender(opened);
    sender.publish("q", "1");
    assert.equal((await opened.problem()).code, "tls-settings");
    opened.connection.watch(() => undefined);
    assert.equal(opened.states.items.length, 2, "connecting, disconnected");
    assert.equal((await opened.connection.close()).lost, 1);
    assert.equal(sender.results.items.length, 1);
  }
});

for (const path of ["", "/mqtt?token=1"]) {
  test(`websockets, path "${path}"`, async (t) => {
    const broker = await startAedes(t, { ws: true });
    const opened = await connected(t, broker.wsUrl + path);
    const member = join(opened, "a");
    await new Promise((resolve) => void broker.aedes.once("subscribe", resolve));
    await broker.publish("a", "1");
    assert.equal((await member.messages.next()).text, "1");
    broker.cut();
    await opened.phase("disconnected");
    await opened.phase("connected");
  });
}

test("a web server that speaks no websockets says so", async (t) => {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  cleanup(t, () => void server.close());
  const opened = createConnection(t, `ws://127.0.0.1:${portOf(server)}/mqtt`);
  opened.connection.watch(() => undefined);
  const { code, reason } = await opened.problem();
  assert.deepEqual({ code, reason }, { code: "connection-failed", reason: "Unexpected server response: 404" });
});

test("a close while the websocket or the TLS handshake never ends is quick", async (t) => {
  for (const scheme of ["ws", "wss", "mqtts"]) {
    const silent = await startRaw(t, () => undefined);
    const opened = createConnection(t, `${scheme}://127.0.0.1:${silent.port}`, {}, { farewell: 60_000 });
    opened.connection.watch(() => undefined);
    const socket = await silent.sockets.next();
    const gone = new Promise((resolve) => socket.once("close", resolve));
    await opened.connection.close();
    await gone;
  }
});
