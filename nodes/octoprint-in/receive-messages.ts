import { isFilter } from "../mqtt/filter.ts";
import { type Failure, failure } from "../mqtt/problem.ts";
import { translator } from "../node-red/translate.ts";
import type { Scheme } from "../octoprint/topics/scheme.ts";
import { ErrorLimiter } from "./error-limiter.ts";
import type { ReceiveContext } from "./receive-context.ts";
import { Receiver } from "./receiver.ts";
import { type InSettings, selectionOf } from "./settings.ts";

/** Sends what the printer publishes, message by message. Returns a function that stops this. */
export function receiveMessages(context: ReceiveContext): () => void {
  const { RED, node, settings, printer, status, reporter, refused, showHint } = context;
  const { scheme, reader } = printer;
  if (!scheme.ok || reader === undefined) return () => undefined;
  const wanted = filtersOf(scheme.scheme, settings);
  if (!wanted.ok) {
    status.unusable(wanted.problem);
    reporter.report(wanted.problem, { msg: {} });
    return () => undefined;
  }
  const errors = new ErrorLimiter();
  const receiver = new Receiver(settings, {
    node,
    status,
    reader,
    translate: translator(RED),
    clone: (message) => RED.util.cloneMessage({ payload: message }).payload,
    report: (problem, msg, channel) =>
      errors.report(`${channel.kind} ${problem.code}`, (count) =>
        reporter.report(problem, { msg: count === undefined ? msg : { ...msg, count } }, (count ?? 1) - 1),
      ),
    refused,
  });
  const unsubscribe = printer.listen(wanted.filters, receiver, showHint, settings.group);
  return () => {
    unsubscribe();
    errors.end();
  };
}

/** What to subscribe to. The filters of `other` are written by hand. */
function filtersOf(scheme: Scheme, settings: InSettings): ReturnType<Scheme["filters"]> | Failure {
  const wanted = scheme.filters(selectionOf(settings));
  const invalid = wanted.ok ? wanted.filters.find((filter) => !isFilter(filter)) : undefined;
  return invalid === undefined ? wanted : failure("filter-invalid", { filter: invalid });
}
