// What the runtime answers to the buttons of the server's dialog.

/** What our nodes may ask of OctoPrint beyond the printer's status, by the names of its permissions. */
export const wantedPermissions = [
  "SETTINGS_READ",
  "MONITOR_TERMINAL",
  "FILES_LIST",
  "PRINT",
  "CONTROL",
  "CONNECTION",
  "FILES_SELECT",
  "FILES_UPLOAD",
  "FILES_DELETE",
  "WEBCAM",
  "SYSTEM",
] as const;

/** The result of *Test connection*. */
export interface Tested {
  readonly ok: true;
  readonly version: string;
  /** `null`: a guest. */
  readonly user: string | null;
  /** Names of permissions. */
  readonly missing: readonly string[];
  readonly safeMode: boolean;
}

/** OctoPrint has been asked for a key. */
export interface KeyRequested {
  readonly ok: true;
  readonly appToken: string;
  /** OctoPrint's page on which to decide; `""`: it has none (before 1.8). */
  readonly page: string;
}

/** Somebody has granted it. */
export interface KeyGranted {
  readonly ok: true;
  readonly apiKey: string;
  /** Who; `null`: OctoPrint does not say. */
  readonly user: string | null;
}

/** How long the dialog waits for somebody at OctoPrint, s. */
export const keyPatience = 300;
