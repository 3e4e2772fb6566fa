import { isFilter } from "../mqtt/filter.ts";
import { type Failure, failure } from "../mqtt/problem.ts";
import type { Delivery } from "../mqtt/router.ts";
import { classPrefix } from "../octoprint/events.ts";
import type { Scheme, Selection } from "../octoprint/scheme.ts";
import { Flood } from "./flood.ts";
import type { Parts } from "./octoprint-in.ts";
import { Receiver } from "./receiver.ts";
import { type InSettings, isFollowed } from "./settings.ts";

/** Sends what the printer publishes, message by message. The result stops that. */
export function receiveMessages(parts: Parts): () => void {
  const { RED, node, settings, printer, status, reporter, refused, hint, guard } = parts;
  const { scheme, reader } = printer;
  if (!scheme.ok || reader === undefined) return () => undefined;
  const wanted = filtersOf(scheme.scheme, settings);
  if (!wanted.ok) {
    status.unusable(wanted.problem);
    reporter.report(wanted.problem, { msg: {} });
    return () => undefined;
  }
  const flood = new Flood();
  const receiver = new Receiver(settings, {
    reader,
    translate: (key, parameters) => RED._(key, parameters),
    clone: (message) => RED.util.cloneMessage({ payload: message }).payload,
    send: (msg, channel, { value }) => {
      node.send(msg);
      status.message(channel, value);
    },
    report: (problem, msg, channel) =>
      flood.report(`${channel.kind} ${problem.code}`, (count) =>
        reporter.report(problem, { msg: count === undefined ? msg : { ...msg, count } }, (count ?? 1) - 1),
      ),
  });
  const deliver = (delivery: Delivery): void => guard(() => receiver.receive(delivery));
  const unsubscribe = printer.listen(wanted.filters, { deliver, refused }, hint, settings.group);
  return () => {
    unsubscribe();
    flood.end();
  };
}

/** What to subscribe to. The filters of `other` are written by hand. */
function filtersOf(scheme: Scheme, settings: InSettings): ReturnType<Scheme["filters"]> | Failure {
  const wanted = scheme.filters(selectionOf(settings));
  const invalid = wanted.ok ? wanted.filters.find((filter) => !isFilter(filter)) : undefined;
  return invalid === undefined ? wanted : failure("filter-invalid", { filter: invalid });
}

/** A class of events is known here, not to the broker; names alone narrow the subscription. */
function selectionOf({ kind, printers, select }: InSettings): Selection {
  if (isFollowed(kind)) return { kind: "all", printers };
  const narrow = !select.some((name) => kind === "event" && name.startsWith(classPrefix));
  return { kind, printers, names: narrow ? select : [] };
}
