import type { NodeMessage } from "node-red";
import { durationText, jobSentence } from "../node-red/job-and-state-text.ts";
import { type Translate, translator } from "../node-red/translate.ts";
import type { JobPayload } from "../octoprint/tracking/derived-messages.ts";
import { isEnd, type JobReport, jobEnds } from "../octoprint/tracking/job-report.ts";
import type { ReceiveContext } from "./receive-context.ts";
import type { InSettings } from "./settings.ts";

/**
 * Sends one msg when a job ends, and if wanted, when it starts, pauses or resumes. Returns a function that stops this.
 */
export function receiveJobs({ RED, node, settings, printer, status, refused, showHint }: ReceiveContext): () => void {
  const { tracking } = printer;
  const translate = translator(RED);
  const wanted = new Set<string>(settings.select.length > 0 ? settings.select : jobEnds);
  const printers = new Set(settings.printers);
  const stop = tracking?.follow({
    follow: (name, { reports }) => {
      if (printers.size > 0 && !printers.has(name)) return;
      for (const report of reports) {
        if (!wanted.has(report.outcome)) continue;
        node.send(msgOf(translate, settings.output, name, report));
        status.last(() => `${translate(`outcome.${report.outcome}`, {})} ${report.name}`);
      }
    },
    refused,
    showHint,
  });
  return () => stop?.();
}

function msgOf(translate: Translate, output: InSettings["output"], printer: string, report: JobReport): NodeMessage {
  const timestamp = isEnd(report) ? report.finishedAt : report.at;
  const message = payloadOf(translate, report);
  const msg: NodeMessage = { topic: printer, payload: message, kind: "job", printer, timestamp };
  if (output === "message") return msg;
  const payload = output === "value" ? report.outcome : jobSentence(translate, report, printer);
  return { ...msg, payload, message };
}

function payloadOf(translate: Translate, report: JobReport): JobPayload {
  if (!isEnd(report)) return { ...report };
  const { duration, reason } = report;
  // OctoPrint has no words for a user who disconnects, or for its own end.
  const error = report.error ?? (reason && translate(`reason.${reason}`, {}));
  return {
    ...report,
    ...(duration === undefined ? {} : { durationText: durationText(translate, duration) }),
    ...(error === undefined ? {} : { error }),
  };
}
