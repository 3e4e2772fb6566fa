// Payload fields that several events share, in the notation of event-row.ts.

/** The connector (serial, …), which OctoPrint 2.0 names in what comes from the printer. */
export const connector = { "connector?": "string" } as const;
/** The file, as OctoPrint up to 1.3 names it. */
export const upTo13 = { "file?": "string", "filename?": "string" } as const;
/** The file, as OctoPrint since 1.3 names it. */
export const nameAndPath = { "name?": "string", "path?": "string" } as const;
/** The file's size, its owner, and who started the print. */
export const sizeAndPeople = { "size?": "integer|null", "owner?": "string", "user?": "string" } as const;

/** A print job. 1.2 sends origin, file and filename; 1.3 both these and name and path; 1.4 dropped file and filename. */
export const job = { ...nameAndPath, origin: "string", ...sizeAndPeople, ...connector, ...upTo13 } as const;
/** Where a print stopped. */
export const stoppedAt = {
  "position?": "object|null",
  "fileposition?": "integer|null",
  "progress?": "integer|null",
} as const;

/** The job of a script. A script run over REST has no job: its events come without any of these. */
export const scriptJob = { ...nameAndPath, "origin?": "string", ...sizeAndPeople, ...connector } as const;
/** The job of a script that runs after a print. */
export const afterDone = { ...scriptJob, "time?": "number" } as const;
/** The job of a script that runs after a cancelled print. */
export const afterCancelled = { ...scriptJob, ...stoppedAt, "time?": "number|null", "reason?": "string" } as const;
/** The job of a script that runs after a pause. */
export const afterPaused = { ...scriptJob, ...stoppedAt } as const;

/** A user. */
export const login = { username: "string" } as const;
/** A folder. */
export const folder = { storage: "string", path: "string", name: "string" } as const;
/** A file in a folder. */
export const file = { ...folder, type: "string[]", "operation?": "string" } as const;
/** A file or folder that was moved. */
export const moved = {
  storage: "string",
  source_path: "string",
  source_name: "string",
  destination_path: "string",
  destination_name: "string",
} as const;
/** A file that is analysed. */
export const analysis = { ...nameAndPath, "origin?": "string", "type?": "string", "file?": "string" } as const;
/** A file that is copied to the printer's SD card. */
export const transfer = { local: "string", remote: "string" } as const;
/** A picture of a timelapse. */
export const capture = { file: "string" } as const;
/** A timelapse. */
export const movie = { gcode: "string", movie: "string", movie_basename: "string", "movie_prefix?": "string" } as const;
/** A model that is sliced. */
export const slicing = {
  slicer: "string",
  stl: "string",
  stl_location: "string",
  gcode: "string",
  gcode_location: "string",
} as const;
/** A profile of a slicer. */
export const slicingProfile = { slicer: "string", profile: "string" } as const;
/** A printer profile. */
export const printerProfile = { identifier: "string" } as const;
