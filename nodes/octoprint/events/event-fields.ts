// Payload fields that several events share, in the notation of event-row.ts.

// OctoPrint 2.0 names the connector (serial, …) in what comes from the printer.
export const connector = { "connector?": "string" } as const;
export const upTo13 = { "file?": "string", "filename?": "string" } as const;
export const nameAndPath = { "name?": "string", "path?": "string" } as const;
export const sizeAndPeople = { "size?": "integer|null", "owner?": "string", "user?": "string" } as const;

// 1.2 sends origin, file and filename; 1.3 both these and name and path; 1.4 dropped file and filename.
export const job = { ...nameAndPath, origin: "string", ...sizeAndPeople, ...connector, ...upTo13 } as const;
export const stoppedAt = {
  "position?": "object|null",
  "fileposition?": "integer|null",
  "progress?": "integer|null",
} as const;

// A script run over REST has no job: its events come without any of these.
export const scriptJob = { ...nameAndPath, "origin?": "string", ...sizeAndPeople, ...connector } as const;
export const afterDone = { ...scriptJob, "time?": "number" } as const;
export const afterCancelled = { ...scriptJob, ...stoppedAt, "time?": "number|null", "reason?": "string" } as const;
export const afterPaused = { ...scriptJob, ...stoppedAt } as const;

export const login = { username: "string" } as const;
export const folder = { storage: "string", path: "string", name: "string" } as const;
export const file = { ...folder, type: "string[]", "operation?": "string" } as const;
export const moved = {
  storage: "string",
  source_path: "string",
  source_name: "string",
  destination_path: "string",
  destination_name: "string",
} as const;
export const analysis = { ...nameAndPath, "origin?": "string", "type?": "string", "file?": "string" } as const;
export const transfer = { local: "string", remote: "string" } as const;
export const capture = { file: "string" } as const;
export const movie = { gcode: "string", movie: "string", movie_basename: "string", "movie_prefix?": "string" } as const;
export const slicing = {
  slicer: "string",
  stl: "string",
  stl_location: "string",
  gcode: "string",
  gcode_location: "string",
} as const;
export const slicingProfile = { slicer: "string", profile: "string" } as const;
export const printerProfile = { identifier: "string" } as const;
