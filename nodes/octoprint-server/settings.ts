/** How often `current` may come at most, s: the push API counts in halves of a second. */
export const throttles = ["0.5", "1", "2", "5", "10"] as const;

/** The server node's settings as the editor stores them; the key and a proxy's login are credentials. */
export interface ServerNodeSettings {
  name: string;
  url: string;
  /** The id of core's `tls-config` node. */
  tls: string;
  /** Where a picture of the camera is; empty: as OctoPrint is set up. */
  snapshotUrl: string;
  throttle: string;
}

/** The credentials of a server node. */
export interface ServerCredentials {
  apiKey?: string;
  proxyUser?: string;
  proxyPassword?: string;
}

/** The settings of a new node; older flows lack some of them. */
export const serverDefaults: ServerNodeSettings = { name: "", url: "", tls: "", snapshotUrl: "", throttle: "1" };

/** Whether a setting is one of the choices of the throttle. */
export function isThrottle(text: string): boolean {
  return throttles.some((known) => known === text);
}

/** True for an address of `http://` or `https://`, for a path on the address, and for none. */
export function isSnapshotUrl(text: string): boolean {
  return text === "" || text.startsWith("/") || (/^https?:\/\//i.test(text) && URL.canParse(text));
}
