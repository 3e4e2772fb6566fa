/** What can go wrong below MQTT and HTTP alike: names, routes, certificates. Part of both tables of problems. */
export const networkProblems = {
  /** The name of the server cannot be resolved. */
  "host-unknown": ["server"],
  /** There is no way to the server in the network. */
  "host-unreachable": ["server"],
  /** The server's certificate is out of date, or this computer's clock is wrong. */
  "certificate-expired": [],
  /** The server's certificate begins in the future: often a clock is wrong. */
  "certificate-not-yet-valid": [],
  /** The authority of the server's certificate is neither well known nor in the TLS configuration. */
  "certificate-unknown-ca": [],
  /** The server's certificate is its own authority. */
  "certificate-self-signed": [],
  /** The server's certificate names other hosts than the one in the settings. */
  "certificate-host-name": ["server"],
  /** The server's certificate is wrong in another way; the reason is OpenSSL's. */
  "certificate-invalid": ["reason"],
  /** The server wants a client certificate. */
  "certificate-required": [],
  /** TLS could not be set up for another reason, which is OpenSSL's. */
  "tls-failed": ["reason"],
  /** Certificate, private key or passphrase of the TLS configuration cannot be used. */
  "tls-settings": ["reason"],
  /** The connection failed for another reason, which is the operating system's. */
  "connection-failed": ["reason"],
} as const satisfies Record<string, readonly string[]>;

/** What each side of the network words for itself. */
type OwnWording = "connection-refused" | "connection-reset" | "no-answer" | "tls-unsupported";

/** What a failed connection can mean. */
export type NetworkProblemCode = keyof typeof networkProblems | OwnWording;

/** Codes of Node.js and OpenSSL. */
const byErrorCode: Readonly<Record<string, NetworkProblemCode>> = {
  ECONNREFUSED: "connection-refused",
  ENOTFOUND: "host-unknown",
  EAI_AGAIN: "host-unknown",
  EHOSTUNREACH: "host-unreachable",
  ENETUNREACH: "host-unreachable",
  ETIMEDOUT: "no-answer",
  ECONNRESET: "connection-reset",
  EPIPE: "connection-reset",
  CERT_HAS_EXPIRED: "certificate-expired",
  CERT_NOT_YET_VALID: "certificate-not-yet-valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate-self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate-unknown-ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate-unknown-ca",
  UNABLE_TO_GET_ISSUER_CERT: "certificate-unknown-ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate-unknown-ca",
  INVALID_CA: "certificate-invalid",
  INVALID_PURPOSE: "certificate-invalid",
  CERT_REJECTED: "certificate-invalid",
  CERT_REVOKED: "certificate-invalid",
  CERT_SIGNATURE_FAILURE: "certificate-invalid",
  CERT_UNTRUSTED: "certificate-invalid",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate-host-name",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls-unsupported",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls-unsupported",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "certificate-required",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "tls-failed",
};

/**
 * What Node.js says, with the code of a reset, where a server hangs up on a TLS greeting; and what OpenSSL says of an answer
 * that is not TLS, for which Node.js's HTTP client has but the code EPROTO.
 */
const noTls = /before secure TLS connection was established|wrong version number|packet length too long/;

/** The problem that an error of Node.js or OpenSSL means. Codes that belong to neither are a failed connection. */
export function networkProblemOf({ code, message }: ErrorDetails): NetworkProblemCode {
  if (noTls.test(message)) return "tls-unsupported";
  const known = byErrorCode[code];
  if (known !== undefined) return known;
  const tls = /^(ERR_(SSL|TLS|OSSL)|EPROTO|CERT_|UNABLE_TO_)/.test(`${code}`);
  return tls ? "tls-failed" : "connection-failed";
}

/** What an error says of itself. */
export interface ErrorDetails {
  /** `""`: it has none. */
  readonly code: string | number;
  readonly message: string;
}

/** The code and the text of anything that was thrown. */
export function errorDetailsOf(error: unknown): ErrorDetails {
  if (typeof error !== "object" || error === null) return { code: "", message: String(error) };
  const code = "code" in error && (typeof error.code === "string" || typeof error.code === "number") ? error.code : "";
  const message = "message" in error && typeof error.message === "string" ? error.message : "";
  // A host with several addresses fails once for each; the first tells as much as all.
  if (message === "" && error instanceof AggregateError) return errorDetailsOf(error.errors[0]);
  return { code, message };
}
