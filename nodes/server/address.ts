import { type Failure, failure } from "./problem.ts";

/** Where an OctoPrint is. */
export interface Address {
  /** Scheme, host and port: `http://octopi.local:5000`. */
  readonly origin: string;
  /** The path before OctoPrint's own ones, where a proxy has one: `/octoprint`, else `""`. */
  readonly prefix: string;
}

/** OctoPrint's own paths, which people copy from the browser's address bar or from examples. */
const ownPaths =
  /\/+(?:api(?:\/(?:version|job|printer|connection|files|settings|server|currentuser|login)\b.*)?|login|sockjs(?:\/.*)?)\/*$/;

/**
 * Takes what people paste: a host name, or a URL with whatever stood behind it in the browser.
 *
 * @example parseAddress("octopi.local/?#temp") // { ok: true, address: { origin: "http://octopi.local", prefix: "" } }
 * @example parseAddress("https://farm.example/mk3/api/version") // … { origin: "https://farm.example", prefix: "/mk3" }
 */
export function parseAddress(text: string): { readonly ok: true; readonly address: Address } | Failure {
  const trimmed = text.trim();
  if (trimmed === "") return failure("address-missing");
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(trimmed) ?? [];
  const known = (scheme ?? "http").toLowerCase();
  if (known !== "http" && known !== "https") return failure("address-scheme", { scheme: known });
  const full = `${known}://${rest ?? withBrackets(trimmed)}`;
  if (!URL.canParse(full) || /[\s\\]/.test(trimmed)) return invalid(trimmed);
  const url = new URL(full);
  // The address is part of the flow file, which people share.
  if (url.username !== "" || url.password !== "") return failure("address-credentials");
  if (url.port === "0" || /[$()]/.test(url.host)) return invalid(trimmed);
  const prefix = url.pathname.replace(ownPaths, "").replace(/\/+$/, "");
  return { ok: true, address: { origin: url.origin, prefix } };
}

/** A bare IPv6 address stands without brackets in a field for host names. */
function withBrackets(host: string): string {
  return /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
}

/** What stands before an `@` is a password more often than not, and belongs in no error text. */
function invalid(address: string): Failure {
  return address.includes("@") ? failure("address-credentials") : failure("address-invalid", { address });
}

/** Host and port, as texts name an OctoPrint: `octopi.local:5000`, `octopi.local`. */
export function hostOf({ origin }: Address): string {
  return new URL(origin).host;
}

/**
 * The URL of a path below the address. `undefined`: it would lead elsewhere.
 *
 * @param path with or without a slash in front, percent-encoded, maybe with a query: `api/files/local?recursive=true`
 */
export function urlBelow({ origin, prefix }: Address, path: string): URL | undefined {
  const base = `${origin}${prefix}/`;
  const text = base + path.replace(/^\//, "");
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.origin === origin && url.href.startsWith(base) ? url : undefined;
}
