import { isRecord } from "../messages/json.ts";
import { numberOf } from "./observation.ts";

/** What is known of a print before it begins. */
export interface Expectation {
  /** ms */
  readonly total: number;
  /** How well it is known: `printed` before, `measured` against another print of this printer, or only calculated. */
  readonly from: "printed" | "measured" | "calculated";
  /** Of an earlier print: ms of printing at each 5 percent, as far as it was seen. */
  readonly times: readonly (number | undefined)[];
  /** The height of the print, mm. */
  readonly height: number | undefined;
}

interface Analysis {
  /** ms */
  readonly total: number;
  readonly height: number | undefined;
}

interface Print {
  readonly total: number;
  readonly times: readonly (number | undefined)[];
}

/** Files remembered at most. */
const mostFiles = 32;
/** An earlier print is a measure of the next one where it was seen to come so far, percent. */
const seenToTheEnd = 90;
/** Percent between two times. */
export const timeStep = 5;

/** What a printer's earlier prints, and the analysis of its files, tell of how long a print takes. */
export class PrintHistory {
  readonly #analyses = new Map<string, Analysis>();
  readonly #prints = new Map<string, Print>();
  /** How long the last analysed print took, measured by its analysis. */
  #factor: number | undefined;

  /** Takes MetadataAnalysisFinished. */
  analysed(path: string, result: unknown): void {
    if (path === "" || !isRecord(result)) return;
    const seconds = numberOf(result.estimatedPrintTime);
    if (seconds === undefined || seconds <= 0) return;
    const area = isRecord(result.printingArea) ? result.printingArea : {};
    const height = numberOf(area.maxZ);
    // A file that extrudes nothing, as for a laser, has none.
    remember(this.#analyses, path, {
      total: seconds * 1000,
      height: height !== undefined && height > 0 ? height : undefined,
    });
  }

  /**
   * Takes a print that is done.
   *
   * @param total ms of printing
   * @param progress the highest percentage that was seen before the end
   */
  printed(path: string, total: number, progress: number, times: readonly (number | undefined)[]): void {
    if (path === "" || total <= 0 || progress < seenToTheEnd) return;
    remember(this.#prints, path, { total, times });
    const analysis = this.#analyses.get(path);
    if (analysis) this.#factor = total / analysis.total;
  }

  /** `undefined` where nothing is known of the file. */
  expect(path: string): Expectation | undefined {
    const print = this.#prints.get(path);
    const analysis = this.#analyses.get(path);
    if (print) return { ...print, from: "printed", height: analysis?.height };
    if (analysis === undefined) return undefined;
    const from = this.#factor === undefined ? "calculated" : "measured";
    return { total: analysis.total * (this.#factor ?? 1), from, times: [], height: analysis.height };
  }
}

function remember<V>(map: Map<string, V>, path: string, value: V): void {
  map.delete(path);
  map.set(path, value);
  for (const oldest of map.keys()) {
    if (map.size <= mostFiles) break;
    map.delete(oldest);
  }
}
