import { afterCancelled, afterDone, afterPaused, scriptJob } from "./event-fields.ts";
import type { EventRow } from "./event-row.ts";

const script = { class: "unclassified", since: "1.6.0", note: "comes even when the script is empty" } as const;

/** Around each G-code script that OctoPrint itself runs; a plugin or the REST API may run others. */
export const scriptEvents = {
  GcodeScriptBeforePrintStartedRunning: { ...script, fields: scriptJob },
  GcodeScriptBeforePrintStartedFinished: { ...script, fields: scriptJob },
  GcodeScriptAfterPrintDoneRunning: { ...script, fields: afterDone },
  GcodeScriptAfterPrintDoneFinished: { ...script, fields: afterDone },
  GcodeScriptAfterPrintCancelledRunning: { ...script, fields: afterCancelled },
  GcodeScriptAfterPrintCancelledFinished: { ...script, fields: afterCancelled },
  GcodeScriptAfterPrintPausedRunning: { ...script, fields: afterPaused },
  GcodeScriptAfterPrintPausedFinished: { ...script, fields: afterPaused },
  GcodeScriptBeforePrintResumedRunning: { ...script, fields: scriptJob },
  GcodeScriptBeforePrintResumedFinished: { ...script, fields: scriptJob },
} as const satisfies { readonly [name: string]: EventRow };
