/** The path of a file's entry. @example filePath({ location: "local", path: "a b/c.gcode" }) // "api/files/local/a%20b/c.gcode" */
export function filePath({ location, path }: { readonly location: string; readonly path: string }): string {
  const levels = [location, ...path.split("/")].map((level) => encodeURIComponent(level.toWellFormed()));
  return `api/files/${levels.join("/")}`;
}
