import { networkProblems } from "../network/network-problem.ts";

/** What can go wrong between us and an OctoPrint: one code, one translated text `problem.<code>` each. */
export const problems = {
  ...networkProblems,
  /** The server node's address is empty. */
  "address-missing": [],
  /** The server node's address is neither a host name nor a URL. */
  "address-invalid": ["address"],
  /** The server node's address begins with another scheme than http:// or https://. */
  "address-scheme": ["scheme"],
  /** The server node's address has a username or password in it. */
  "address-credentials": [],
  /** A path of a request leads out of OctoPrint's address. */
  "path-invalid": ["path"],
  /** The snapshot URL of a server node is no URL of http:// or https://, and no path. */
  "snapshot-url": ["url"],
  /** The server node's interval of messages is none of those that OctoPrint knows. */
  "throttle-invalid": [],
  /** Asked by a dialog: the stored key belongs to another address than the one that is entered. */
  "key-elsewhere": ["server"],
  /** Asked by a dialog: the stored password of a proxy belongs to another address than the one that is entered. */
  "password-elsewhere": ["server"],
  /** The API key contains a space, a line break or another character that no key has. */
  "key-invalid": [],
  /** Nothing listens on that port of the server. */
  "octoprint-refused": ["server"],
  /** The server does not answer within some seconds. */
  "octoprint-no-answer": ["server"],
  /** The server ends the connection before it answers. */
  "octoprint-reset": ["server"],
  /** A name that ends in .local is not found: containers, such as Node-RED's own image, do not look up such names. */
  "local-name-unknown": ["server"],
  /** OctoPrint shows its starting page. There is nothing to do. */
  "octoprint-starting": [],
  /** A proxy in front answers that it does not reach OctoPrint. */
  "octoprint-unavailable": ["status"],
  /** Something else answers at this address. */
  "not-octoprint": ["server"],
  /** The address begins with http://, and the server expects https://. */
  "https-needed": ["server"],
  /** The address begins with https://, and the server does not encrypt. */
  "https-unsupported": ["server"],
  /** The server answers with the address of another page. */
  redirected: ["target"],
  /** A proxy in front of OctoPrint asks for a password. */
  "proxy-password": [],
  /** OctoPrint does not know the key, or the key was revoked. */
  "key-refused": [],
  /** There is no key, and OctoPrint shows nothing to guests. */
  "key-missing": [],
  /** The server answers 403, and not as OctoPrint does: a proxy in front refuses the request. */
  "access-refused": [],
  /** The key's user lacks the permission for this request. */
  forbidden: ["user"],
  /** The key's user lacks the permission “Status”. */
  "status-forbidden": ["user"],
  /** OctoPrint was just installed, and its setup was never finished. */
  "wizard-unfinished": [],
  /** OctoPrint answers 404: an older version, a plugin that is off, or a path that is missing in the address. */
  "path-unknown": ["path"],
  /** OctoPrint answers 409: not in this state of the printer. */
  conflict: ["reason"],
  /** OctoPrint or a proxy refuses a file of this size. */
  "upload-too-large": [],
  /** OctoPrint answers 429. */
  "too-many-requests": [],
  /** OctoPrint blocks logins from this address after several wrong ones. */
  "too-many-logins": [],
  /** OctoPrint refuses a request in another way. */
  "request-refused": ["status", "reason"],
  /** OctoPrint answers with an error of its own (500). */
  "octoprint-failed": ["status"],
  /** OctoPrint's answer is longer than is read. */
  "answer-too-large": ["limit"],
  /** The connection ended after the request was sent. Look at the printer before you try again. */
  "outcome-unknown": ["server"],
  /** A deploy or a newer request ended this one. */
  aborted: [],
  /** A proxy in front of OctoPrint does not let websockets through. */
  "no-websocket": [],
  /** OctoPrint's push socket opens, but does not answer the login. */
  "push-silent": [],
  /** The push socket was lost. It is opened again. */
  "push-lost": ["server"],
  /** OctoPrint's push socket refuses the login that belongs to the key. */
  "session-refused": [],
  /** A key is asked for, and OctoPrint has no plugin for this. */
  "application-keys-missing": [],
  /** A key is asked for, and nobody allowed it in OctoPrint in time. */
  "key-not-granted": [],
  /** A picture is asked for while another one is being taken. */
  "snapshot-busy": [],
  /** Pictures through OctoPrint are limited, because a slow camera stops all of OctoPrint. */
  "snapshot-too-soon": ["seconds"],
  /** The camera failed less than a minute ago. */
  "snapshot-failed-lately": ["seconds"],
  /** OctoPrint or the camera sends no picture. */
  "snapshot-unavailable": ["reason"],
  /** The camera's URL leads to something else, often a web page. */
  "snapshot-not-jpeg": [],
} as const satisfies Record<string, readonly string[]>;

/** The codes of this table. */
export type ProblemCode = keyof typeof problems;

/** A code with the parameters of its text: `{ code: "key-missing" }`. */
export interface Problem {
  readonly code: ProblemCode;
  readonly [parameter: string]: string | number;
}

/** An expected failure, as a value. */
export type Failure = { readonly ok: false; readonly problem: Problem };

/** Makes a failure of a code and its parameters: `failure("path-unknown", { path: "/api/x" })`. */
export function failure(code: ProblemCode, parameters: Record<string, string | number> = {}): Failure {
  return { ok: false, problem: { ...parameters, code } };
}
