import type { News } from "../octoprint/tracking/printer-model.ts";
import type { PrinterTracking } from "../octoprint-printer/tracking.ts";
import { commandTiming } from "./timing.ts";

/** Resolves when something of the printer is new that counts, and after a second at the latest, for not all is told. */
export function nextChange(
  { tracking, printer }: { readonly tracking: PrinterTracking | undefined; readonly printer: string },
  signal: AbortSignal,
  counts: (news: News) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    let stop: (() => void) | undefined;
    const timer = setTimeout(done, commandTiming.poll);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      stop?.();
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) return done();
    stop = tracking?.follow({
      follow: (name, news) => {
        if (name === printer && counts(news)) done();
      },
      refused: () => undefined,
      showHint: () => undefined,
    });
  });
}
