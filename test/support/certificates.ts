import { generate } from "selfsigned";

/** PEM text of a certificate and its private key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** Trust it, and `server` and `client` are good. */
  readonly ca: Certificate;
  /** For `localhost` and 127.0.0.1. */
  readonly server: Certificate;
  /** For another host, `printers.example`. */
  readonly wrongHost: Certificate;
  /** For `localhost`, until yesterday. */
  readonly expired: Certificate;
  /** For `localhost`, of a CA that nobody knows. */
  readonly unknownCa: Certificate;
  readonly client: Certificate;
}

const day = 24 * 60 * 60 * 1000;

/** A certification authority of our own and what the TLS tests need from it; made anew for every run. */
export async function makeCertificates(): Promise<Certificates> {
  const ca = await authority("Test CA");
  const stranger = await authority("Nobody's CA");
  return {
    ca,
    server: await issue(ca, "localhost", { serverAuth: true }),
    wrongHost: await issue(ca, "printers.example", { serverAuth: true }),
    expired: await issue(ca, "localhost", { serverAuth: true }, -1),
    unknownCa: await issue(stranger, "localhost", { serverAuth: true }),
    client: await issue(ca, "node-red", { clientAuth: true }),
  };
}

async function authority(name: string): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 30 * day),
    notAfterDate: new Date(Date.now() + 30 * day),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

async function issue(
  ca: Certificate,
  name: string,
  use: { serverAuth?: boolean; clientAuth?: boolean },
  daysLeft = 30,
): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 20 * day),
    notAfterDate: new Date(Date.now() + daysLeft * day),
    ca: { cert: ca.cert, key: ca.key },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", ...use },
      { name: "subjectAltName", altNames: alternativeNames(name) },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function alternativeNames(name: string): { type: 2 | 7; value?: string; ip?: string }[] {
  const names: { type: 2 | 7; value?: string; ip?: string }[] = [{ type: 2, value: name }];
  return name === "localhost" ? [...names, { type: 7, ip: "127.0.0.1" }] : names;
}
