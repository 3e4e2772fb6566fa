/**
 * What can be wrong with a topic, a setting or a payload. Each code has one translated text, `problem.<code>`;
 * the names listed here are the text's placeholders.
 */
export const problems = {
  "topic-wildcard": ["field"],
  "placeholder-missing": ["field", "placeholder"],
  "placeholder-unknown": ["field", "placeholder"],
  "placeholder-twice": ["field", "placeholder"],
  "printer-not-separated": ["field"],
  "base-topic-unfinished": [],
  "base-topic-without-slash": ["preview"],
  "templates-overlap": ["field", "other"],
  "slash-names-not-received": ["field"],
  "name-empty": ["placeholder"],
  "name-forbidden": ["placeholder", "name", "character"],
  "name-not-unicode": ["placeholder"],
  "topic-too-long": ["length"],
  "no-such-topic": ["field"],
  "not-utf8": [],
  "not-json": ["reason"],
  "too-deep": ["limit"],
  "not-an-object": ["found"],
  schema: ["path", "rule"],
  "not-a-status": ["found"],
  "event-payload": ["found"],
  "progress-name": ["name"],
  "progress-range": ["found"],
  "progress-payload": ["found"],
  "temperature-payload": ["found"],
  "metadata-payload": ["found"],
  "connection-payload": ["found"],
  "kind-missing": [],
  "kind-unknown": ["kind"],
  "kind-not-shared": [],
  "name-missing": ["placeholder"],
  "printer-missing": [],
  "name-failed": ["reason"],
  "name-late": ["seconds"],
  "topic-missing": [],
  "qos-invalid": ["found"],
  "retain-invalid": ["found"],
  "payload-missing": [],
  "payload-not-json": ["reason"],
  "payload-without-json": ["found"],
  "config-too-long": ["limit"],
  "config-too-complex": [],
  "config-not-yaml": ["line"],
  "config-without-mqtt": [],
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
