import { Buffer } from "node:buffer";
import { errorDetailsOf, type NetworkProblemCode, networkProblemOf } from "../network/network-problem.ts";
import { failure, type Problem, type ProblemCode } from "./problem.ts";

const ownWording = {
  "connection-refused": "octoprint-refused",
  "connection-reset": "octoprint-reset",
  "no-answer": "octoprint-no-answer",
  "tls-unsupported": "https-unsupported",
} as const satisfies Partial<Record<NetworkProblemCode, ProblemCode>>;

/**
 * Why there is no answer, from what Node.js's HTTP client or `ws` threw. Nothing that we sent is part of it.
 *
 * @param server host and port, for the text
 */
export function problemOfError(error: unknown, server: string): Problem {
  const details = errorDetailsOf(error);
  if (`${details.code}`.startsWith("HPE_")) return failure(notHttp(error), { server }).problem;
  const code = networkProblemOf(details);
  switch (code) {
    case "connection-refused":
    case "connection-reset":
    case "no-answer":
    case "tls-unsupported":
      return failure(ownWording[code], { server }).problem;
    case "host-unknown":
      return failure(/\.local(:\d+)?$/i.test(server) ? "local-name-unknown" : code, { server }).problem;
    case "host-unreachable":
    case "certificate-host-name":
      return failure(code, { server }).problem;
    case "certificate-invalid":
    case "tls-failed":
    case "tls-settings":
    case "connection-failed":
      return failure(code, { reason: details.message }).problem;
    default:
      return failure(code).problem;
  }
}

/** Something answers, but not in HTTP. */
function notHttp(error: unknown): "octoprint-starting" | "https-needed" | "not-octoprint" {
  const raw = error instanceof Error && "rawPacket" in error ? error.rawPacket : undefined;
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
  // OctoPrint's start page answers with the bare text, without a status line (1.11.8, 2.0.0rc7).
  if (bytes.subarray(0, 9).toString("latin1") === "Not found") return "octoprint-starting";
  // An alert of TLS.
  return bytes[0] === 0x15 && bytes[1] === 0x03 ? "https-needed" : "not-octoprint";
}
