import { type Failure, failure } from "./problem.ts";

/** The settings that say where to connect, as they are entered. */
export interface ServerSettings {
  /** Host name, or an `mqtt`, `mqtts`, `ws` or `wss` URL. */
  readonly url: string;
  readonly port: number | undefined;
  readonly useTls: boolean;
}

/** Where to connect, checked. */
export interface Server {
  readonly scheme: "mqtt" | "mqtts" | "ws" | "wss";
  readonly host: string;
  readonly port: number;
  /** The websocket's path with its query, `""` where there is none. */
  readonly path: string;
  readonly tls: boolean;
}

const defaultPorts = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

/**
 * Where to connect. A scheme in `url` decides on TLS; a tick that contradicts it is an error.
 *
 * @example parseServer({ url: "broker.local", port: undefined, useTls: true })
 * // { ok: true, server: { scheme: "mqtts", host: "broker.local", port: 8883, path: "", tls: true } }
 */
export function parseServer(settings: ServerSettings): { readonly ok: true; readonly server: Server } | Failure {
  const text = settings.url.trim();
  if (text === "") return failure("url-missing");
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  const known = (scheme ?? (settings.useTls ? "mqtts" : "mqtt")).toLowerCase();
  if (!isScheme(known)) return failure("url-scheme", { scheme: known });
  const tls = known === "mqtts" || known === "wss";
  if (settings.useTls && !tls) return failure("url-tls-contradiction", { scheme: known });
  return parseAuthority(known, tls, rest ?? bracketed(text), settings);
}

function isScheme(scheme: string): scheme is Server["scheme"] {
  return Object.hasOwn(defaultPorts, scheme);
}

/** A bare IPv6 address stands without brackets in a field for host names. */
function bracketed(host: string): string {
  return /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
}

function parseAuthority(
  scheme: Server["scheme"],
  tls: boolean,
  rest: string,
  { url, port }: ServerSettings,
): { readonly ok: true; readonly server: Server } | Failure {
  // As http: the URL parser leaves hosts of schemes that it does not know unchecked.
  const parsed = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (parsed === undefined || parsed.hostname === "" || parsed.hash !== "" || /\s/.test(rest)) return invalid(url);
  // The url is part of the flow file, which people share.
  if (parsed.username !== "" || parsed.password !== "") return failure("url-credentials");
  const websocket = scheme === "ws" || scheme === "wss";
  const path = websocket && parsed.pathname + parsed.search !== "/" ? parsed.pathname + parsed.search : "";
  if (!websocket && (parsed.pathname !== "/" || parsed.search !== "")) return invalid(url);
  // An explicit :80 is http's default, which the parser drops.
  const explicit = /^(?:\[[^\]]*\]|[^:/?#]*):(\d+)/.exec(rest)?.[1];
  const chosen = explicit === undefined ? (port ?? defaultPorts[scheme]) : Number(explicit);
  if (!Number.isInteger(chosen) || chosen < 1 || chosen > 65_535) return failure("port-invalid", { port: chosen });
  return { ok: true, server: { scheme, host: parsed.hostname, port: chosen, path, tls } };
}

/** What stands before an `@` is a password more often than not, and belongs in no error text. */
function invalid(url: string): Failure {
  return url.includes("@") ? failure("url-credentials") : failure("url-invalid", { url: url.trim() });
}

/** @example addressOf({ scheme: "mqtt", host: "127.0.0.1", port: 1883, … }) // "127.0.0.1:1883" */
export function addressOf({ host, port }: Server): string {
  return `${host}:${port}`;
}
