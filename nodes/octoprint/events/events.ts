import { type EventClass, eventClasses, type PayloadOf } from "./event-row.ts";
import { events } from "./events-table.ts";

export { type EventClass, eventClasses, events };

/** The names of the known events. */
export type EventName = keyof typeof events;

/**
 * What OctoPrint sends with each event, without `_event` and the timestamp that OctoPrint-MQTT adds.
 *
 * @example
 * const minutes = (done: EventPayloads["PrintDone"]) => done.time / 60;
 */
export type EventPayloads = { [Name in EventName]: PayloadOf<(typeof events)[Name]["fields"]> };

/** True for the events of OctoPrint itself and PausedForUser; names are case-sensitive. */
export function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}

/** The class of an event; whatever is not in the table, as the events of plugins, is "unclassified". */
export function classOf(name: string): EventClass {
  return isEventName(name) ? events[name].class : "unclassified";
}

/** The known events of each class, classes and names in the order in which a person is to see them. */
export function eventsByClass(): ReadonlyMap<EventClass, readonly EventName[]> {
  return new Map(eventClasses.map((eventClass) => [eventClass, names.filter((name) => classOf(name) === eventClass)]));
}

const names = Object.keys(events).filter(isEventName);

/** The events that OctoPrint-MQTT publishes retained since 0.8.14; 0.8.4 to 0.8.13 retained all, others none. */
export const retainedEvents: ReadonlySet<string> = new Set(names.filter((name) => "retained" in events[name]));

/** What stands before a class in a list of events: `class:printjob`. */
export const classPrefix = "class:";

/**
 * Compiles a list of event names and classes into a predicate of constant cost.
 * An empty list selects everything. An entry that names no class is taken as the name of an event.
 *
 * @example
 * const wanted = selects(["class:printjob", "ZChange", "plugin_psucontrol_psu_state_changed"]);
 * wanted("PrintDone"); // true
 */
export function selects(select: readonly string[]): (event: string) => boolean {
  if (select.length === 0) return () => true;
  const entries = new Set(select);
  const classes = new Set(eventClasses.filter((eventClass) => entries.has(classPrefix + eventClass)));
  return (event) => entries.has(event) || classes.has(classOf(event));
}
