import { equal } from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { TlsOptions } from "node:tls";
import { type InProcessBroker, startAedes } from "../support/broker.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import type { Scope } from "../support/cleanup.ts";
import { coreNode, type FlowNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { brokerNode, connected, outNode, printerNode, tab } from "./flow.ts";

let certificates: Certificates;
before(async () => {
  certificates = await makeCertificates();
});

interface Attempt {
  readonly broker: InProcessBroker;
  readonly runtime: Runtime;
  /** The passwords that reached the broker. */
  readonly passwords: string[];
}

interface Client {
  /** Settings of the `octoprint-broker`. */
  readonly settings?: Record<string, unknown>;
  /** Settings of core's `tls-config`; by default its own defaults. */
  readonly tls?: Record<string, unknown>;
  /** What is uploaded there; by default the CA. */
  readonly data?: Record<string, string>;
  /** Where to connect to; by default with MQTT over TLS. */
  readonly url?: (broker: InProcessBroker) => string;
}

/** A broker with TLS, and a node that connects to it with core's `tls-config`. */
async function attempt(t: Scope, server: TlsOptions, client: Client = {}): Promise<Attempt> {
  const { settings = {}, tls = {}, data, url = ({ tlsUrl }) => tlsUrl } = client;
  const passwords: string[] = [];
  const broker = await startAedes(t, {
    tls: server,
    ws: true,
    authenticate: (_client, _username, password, callback) => {
      passwords.push(String(password));
      callback(null, true);
    },
  });
  const tlsNode: FlowNode = { id: "t", type: "tls-config", cert: "", key: "", ca: "", verifyservercert: true, ...tls };
  const nodes = [brokerNode(url(broker), { tls: "t", ...settings }), printerNode(), outNode("out")];
  const runtime = await loadFlow(t, [tab, tlsNode, ...nodes], {
    nodes: [coreNode("network/05-tls.js")],
    credentials: { b: { username: "joe", password: "secret" }, t: data ?? { cadata: certificates.ca.cert } },
  });
  return { broker, runtime, passwords };
}

async function isPublished({ runtime }: Attempt): Promise<void> {
  await runtime.status("out", connected);
  const { error } = await runtime.send("out", { kind: "connection", payload: true });
  equal(error, undefined);
}

async function isRefused({ runtime, passwords }: Attempt, text: string | RegExp): Promise<void> {
  const { fill } = await runtime.status("out", text);
  equal(fill, "red");
  equal(passwords.length, 0, "a password went over a connection whose certificate failed");
}

test("a certificate of a CA that tls-config knows is good", async (t) => {
  const tried = await attempt(t, certificates.server);
  await isPublished(tried);
  equal(tried.passwords[0], "secret");
});

test("a host name with the tick, and a port of its own", async (t) => {
  const broker = await startAedes(t, { tls: certificates.server });
  const tlsNode: FlowNode = { id: "t", type: "tls-config", cert: "", key: "", ca: "", verifyservercert: true };
  const port = broker.tlsUrl.split(":").at(-1);
  const nodes = [brokerNode("localhost", { tls: "t", useTls: true, port }), printerNode(), outNode("out")];
  const runtime = await loadFlow(t, [tab, tlsNode, ...nodes], {
    nodes: [coreNode("network/05-tls.js")],
    credentials: { t: { cadata: certificates.ca.cert } },
  });
  await runtime.status("out", connected);
});

describe("verification is on", () => {
  test("a certificate of an unknown CA is refused", async (t) => {
    await isRefused(await attempt(t, certificates.unknownCa), "certificate from an unknown authority");
  });

  test("without a tls-config the well-known authorities count", async (t) => {
    await isRefused(
      await attempt(t, certificates.server, { settings: { tls: "" } }),
      "certificate from an unknown authority",
    );
  });

  test("also where an old tls-config does not say so", async (t) => {
    const tried = await attempt(t, certificates.unknownCa, { tls: { verifyservercert: undefined } });
    await isRefused(tried, "certificate from an unknown authority");
  });

  test("an expired certificate is refused", async (t) => {
    await isRefused(await attempt(t, certificates.expired), "certificate has expired");
  });

  test("a certificate for another host is refused", async (t) => {
    await isRefused(await attempt(t, certificates.wrongHost), /^certificate not for 127\.0\.0\.1:\d+$/);
  });

  test("unless another host name is accepted", async (t) => {
    await isPublished(await attempt(t, certificates.wrongHost, { settings: { tlsInsecure: true } }));
  });

  test("which does not accept another authority, or an old certificate", async (t) => {
    const settings = { tlsInsecure: true };
    await isRefused(await attempt(t, certificates.unknownCa, { settings }), "certificate from an unknown authority");
  });

  test("unless it is switched off in tls-config", async (t) => {
    await isPublished(await attempt(t, certificates.unknownCa, { tls: { verifyservercert: false } }));
  });
});

describe("a broker that wants a client certificate", () => {
  const server = (): TlsOptions => ({
    ...certificates.server,
    ca: certificates.ca.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });

  test("gets ours", async (t) => {
    const { ca, client } = certificates;
    const data = { cadata: ca.cert, certdata: client.cert, keydata: client.key };
    await isPublished(await attempt(t, server(), { data }));
  });

  test("refuses us without one", async (t) => {
    await isRefused(await attempt(t, server()), /^client certificate required|^connection reset|^closed by/);
  });

  test("a certificate without its key is a setting that cannot be used", async (t) => {
    const data = { cadata: certificates.ca.cert, certdata: certificates.client.cert };
    await isRefused(await attempt(t, server(), { data }), /^TLS settings unusable/);
  });

  test("a key that is none, too", async (t) => {
    const { ca, client } = certificates;
    const data = { cadata: ca.cert, certdata: client.cert, keydata: "no key" };
    await isRefused(await attempt(t, server(), { data }), /^TLS settings unusable/);
  });
});

describe("settings", () => {
  test("a tls-config that is gone is no reason to connect without it", async (t) => {
    await isRefused(await attempt(t, certificates.server, { settings: { tls: "gone" } }), /^TLS settings unusable/);
  });

  test("a node that is no tls-config", async (t) => {
    const broker = await startAedes(t, { tls: certificates.server });
    const nodes = [brokerNode(broker.tlsUrl, { tls: "b2" }), { ...brokerNode(""), id: "b2" }, printerNode()];
    const runtime = await loadFlow(t, [tab, ...nodes, outNode("out")]);
    await runtime.status("out", /^TLS settings unusable/);
  });

  test("ciphers that the broker has", async (t) => {
    const server: TlsOptions = {
      ...certificates.server,
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384",
    };
    await isPublished(await attempt(t, server, { settings: { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" } }));
  });

  test("ciphers that the broker has not", async (t) => {
    const server: TlsOptions = {
      ...certificates.server,
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384",
    };
    const tried = await attempt(t, server, { settings: { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" } });
    await isRefused(tried, /^TLS failed/);
  });

  test("ciphers that do not exist", async (t) => {
    const tried = await attempt(t, certificates.server, { settings: { ciphers: "NO-SUCH-CIPHER" } });
    await isRefused(tried, /^TLS settings unusable/);
  });

  test("TLS where the broker speaks none", async (t) => {
    const broker = await startAedes(t);
    const url = broker.url.replace("mqtt:", "mqtts:");
    const runtime = await loadFlow(t, [tab, brokerNode(url), printerNode(), outNode("out")]);
    const { text } = await runtime.status("out", ({ fill }) => fill === "red");
    equal(text, `127.0.0.1:${broker.port} does not seem to use TLS`);
    const { msg } = await runtime.log.next(({ id }) => id === "b");
    equal(msg, "The broker does not seem to use TLS on this port");
  });
});

describe("websockets", () => {
  test("plain", async (t) => {
    const broker = await startAedes(t, { ws: true });
    const runtime = await loadFlow(t, [tab, brokerNode(broker.wsUrl), printerNode(), outNode("out")]);
    await runtime.status("out", connected);
    equal((await runtime.send("out", { kind: "connection", payload: true })).error, undefined);
  });

  test("secure, with core's tls-config, on a path", async (t) => {
    await isPublished(await attempt(t, certificates.server, { url: ({ wssUrl }) => `${wssUrl}/mqtt?a=b` }));
  });

  test("secure, of an unknown CA", async (t) => {
    const tried = await attempt(t, certificates.unknownCa, { url: ({ wssUrl }) => wssUrl });
    await isRefused(tried, "certificate from an unknown authority");
  });

  test("nobody listens", async (t) => {
    const broker = await startAedes(t, { ws: true });
    const url = broker.wsUrl;
    await broker.down();
    const runtime = await loadFlow(t, [tab, brokerNode(url), printerNode(), outNode("out")]);
    await runtime.status("out", `connection refused: ${url.slice("ws://".length)}`);
  });
});
