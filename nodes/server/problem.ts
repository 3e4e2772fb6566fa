import { networkProblems } from "../network/network-problem.ts";

/** What can go wrong between us and an OctoPrint: one code, one translated text `problem.<code>` each. */
export const problems = {
  ...networkProblems,
  "address-missing": [],
  "address-invalid": ["address"],
  "address-scheme": ["scheme"],
  "address-credentials": [],
  "path-invalid": ["path"],
  "key-invalid": [],
  "octoprint-refused": ["server"],
  "octoprint-no-answer": ["server"],
  "octoprint-reset": ["server"],
  "octoprint-starting": [],
  "octoprint-unavailable": ["status"],
  "not-octoprint": ["server"],
  "https-needed": ["server"],
  "https-unsupported": ["server"],
  redirected: ["target"],
  "proxy-password": [],
  "key-refused": [],
  "key-missing": [],
  forbidden: ["user"],
  "status-forbidden": ["user"],
  "wizard-unfinished": [],
  "path-unknown": ["path"],
  conflict: ["reason"],
  "upload-too-large": [],
  "too-many-requests": [],
  "too-many-logins": [],
  "request-refused": ["status", "reason"],
  "octoprint-failed": ["status"],
  "answer-too-large": ["limit"],
  "outcome-unknown": ["server"],
  aborted: [],
  "no-websocket": [],
  "push-silent": [],
  "push-lost": ["server"],
  "session-refused": [],
  "application-keys-missing": [],
  "key-not-granted": [],
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
