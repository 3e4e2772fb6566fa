import { networkProblems } from "../network/network-problem.ts";

/** What can go wrong between us and a broker: one code, one translated text `problem.<code>` each. */
export const problems = {
  ...networkProblems,
  "no-broker": [],
  "server-missing": [],
  "broker-missing": [],
  "url-missing": [],
  "url-invalid": ["url"],
  "url-scheme": ["scheme"],
  "url-credentials": [],
  "url-tls-contradiction": ["scheme"],
  "port-invalid": ["port"],
  "keepalive-invalid": ["keepalive"],
  "protocol-invalid": ["protocol"],
  "queue-limit-invalid": ["limit"],
  "queue-age-invalid": ["hours"],
  "clean-session-client-id": [],
  "connection-refused": ["server"],
  "no-answer": ["server"],
  "connection-reset": ["server"],
  "closed-by-server": ["server"],
  "not-mqtt": ["server"],
  reconnecting: [],
  "keepalive-timeout": ["server"],
  "tls-unsupported": [],
  "tls-expected": [],
  "bad-credentials": [],
  "not-authorized": [],
  "protocol-refused": [],
  "client-id-refused": ["clientId"],
  "server-unavailable": ["server"],
  "taken-over": ["clientId"],
  "taken-over-likely": ["clientId"],
  "filter-invalid": ["filter"],
  "subscription-refused": ["filter"],
  "group-invalid": ["group"],
  "shared-needs-mqtt5": [],
  "shared-unavailable": [],
  "topic-invalid": ["topic"],
  "topic-reserved": ["topic"],
  "publish-refused": ["topic", "reason"],
  "packet-too-large": ["size", "limit"],
  "queue-full": ["limit"],
  disconnected: [],
  "connection-lost": [],
  "node-removed": [],
  "connection-closed": [],
  "store-silent": ["store"],
  "store-failed": ["store", "reason"],
  "core-broker-missing": [],
  "core-broker-disabled": ["name"],
  "core-broker-in-flow": ["name"],
  "tls-not-deployed": [],
  busy: [],
} as const satisfies Record<string, readonly string[]>;

export type ProblemCode = keyof typeof problems;

export interface Problem {
  readonly code: ProblemCode;
  readonly [parameter: string]: string | number;
}

export type Failure = { readonly ok: false; readonly problem: Problem };

export function failure(code: ProblemCode, parameters: Record<string, string | number> = {}): Failure {
  return { ok: false, problem: { ...parameters, code } };
}
