import type { Availability } from "../octoprint/tracking/availability.ts";
import type { PrinterPayload } from "../octoprint/tracking/derived-messages.ts";
import { describeDuration } from "../octoprint/tracking/duration.ts";
import { isEnd, type JobReport } from "../octoprint/tracking/job-report.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { Translate } from "./translate.ts";

/** @example durationText(translate, 5252) // "1 h 28 min" */
export function durationText(translate: Translate, seconds: number): string {
  const { code, ...parameters } = describeDuration(seconds);
  return translate(`duration.${code}`, parameters);
}

/** @example "benchy.gcode: done after 1 h 27 min" */
export function jobSentence(translate: Translate, report: JobReport, printer: string): string {
  const name = report.name || translate("text.unknownFile", {});
  const { outcome } = report;
  if (!isEnd(report)) return translate(`text.job-${outcome}`, { name, printer });
  const { duration, error, reason } = report;
  const sentence =
    duration === undefined
      ? translate(`text.job-${outcome}`, { name, printer })
      : translate(`text.job-${outcome}-after`, { name, printer, duration: durationText(translate, duration) });
  const why = error ?? (reason && translate(`reason.${reason}`, {}));
  return why === undefined ? sentence : translate("text.because", { sentence, why });
}

/**
 * The state as OctoPrint calls it, or why it is not known.
 *
 * @example "Printing", "OctoPrint offline"
 */
export function statusText(translate: Translate, availability: Availability, state: string | null): string {
  return availability === "online" && state !== null ? state : translate(`availability.${availability}`, {});
}

/** @example "mk3: Printing, benchy.gcode 42 %, 29 min left" */
export function printerSentence(translate: Translate, snapshot: PrinterSnapshot): string {
  const { printer, availability, state, job } = snapshot;
  const parts = [statusText(translate, availability, state.text)];
  if (job !== null && availability !== "octoprint-offline") {
    const name = job.name || translate("text.unknownFile", {});
    parts.push(job.progress === null ? name : translate("text.jobProgress", { name, progress: job.progress }));
    if (job.timeLeft !== null) {
      parts.push(translate("text.timeLeft", { timeLeft: durationText(translate, job.timeLeft) }));
    }
  }
  return translate("text.printer", { printer, state: parts.join(translate("text.separator", {})) });
}

/** A copy with the texts of `octoprint-in`, for flows change their msg. */
export function withTexts(translate: Translate, snapshot: PrinterSnapshot): PrinterPayload {
  const { availability, state, job, ...others } = structuredClone(snapshot);
  return {
    ...others,
    availability,
    statusText: statusText(translate, availability, state.text),
    state,
    job: job && { ...job, timeLeftText: timeLeftText(translate, job.timeLeft) },
  };
}

/** @example timeLeftText(translate, 90) // "1 min" */
export function timeLeftText(translate: Translate, timeLeft: number | null): string | null {
  return timeLeft === null ? null : durationText(translate, timeLeft);
}
