/** `npm run test:faults -- --long`: as much as is worth waiting for, instead of what fits into a few minutes. */
export const long = process.env.LONG_FAULTS === "true";

/** The number for a few minutes, and the one for `--long`. */
export function sized(bounded: number, whole: number): number {
  return long ? whole : bounded;
}
