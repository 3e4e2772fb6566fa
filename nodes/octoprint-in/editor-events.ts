import { catalogOf } from "../node-red/editor-dialog.ts";
import { oneTabStop } from "../node-red/editor-tab-stop.ts";
import { classPrefix, eventClasses, events, eventsByClass, isEventName } from "../octoprint/events/events.ts";

const text = catalogOf("octoprint-in");

/** A list in which events and whole classes can be ticked; it also takes unknown names. */
export interface EventPicker {
  /** What is ticked, in the order in which it was. */
  selected(): string[];
  /** Scrolls to the ticked entries. Call it once the dialog is laid out. */
  reveal(): void;
}

/** Shows the list of events, with a search field, and classes that can be ticked as a whole. */
export function eventPicker(container: JQuery, selected: readonly string[], changed: () => void): EventPicker {
  const chosen = new Set(selected);
  const search = $('<input type="text">').attr({
    placeholder: text("events.search"),
    "aria-label": text("events.search"),
    title: text("events.searchTitle"),
  });
  const add = $('<button type="button" class="red-ui-button red-ui-button-small">').hide();
  const list = $("<div>")
    .addClass("octoprint-events")
    .attr({ role: "group", "aria-label": text("label.select-event") });
  const settle = oneTabStop(list);
  const own = $("<div>").addClass("octoprint-events-own");

  const toggle = (entry: string, on: boolean): void => {
    if (on) chosen.add(entry);
    else chosen.delete(entry);
    refresh();
    changed();
  };
  const refresh = (): void => {
    const others = [...chosen].filter((entry) => !isListed(entry));
    own.empty().append(others.map((entry) => tick(entry, entry, "", toggle)));
    own.toggle(others.length > 0);
    list.find("input").each((_, element) => {
      const { entry, classEntry } = element.dataset;
      const byClass = classEntry !== undefined && chosen.has(classEntry);
      $(element).prop({ checked: byClass || chosen.has(entry ?? ""), disabled: byClass });
    });
    settle();
  };
  const filter = (): void => {
    const typed = String(search.val() ?? "").trim();
    list.children().each((_, group) => filterGroup($(group), typed.toLowerCase()));
    settle();
    add.toggle(typed !== "" && !isListed(typed) && !chosen.has(typed)).text(text("events.add", { name: typed }));
  };
  const enter = (): void => {
    const typed = String(search.val() ?? "").trim();
    if (typed === "") return;
    search.val("");
    filter();
    toggle(typed, true);
  };

  for (const [eventClass, names] of eventsByClass()) list.append(group(eventClass, names, toggle));
  search.on("input", filter).on("keydown", ({ key }) => {
    if (key === "Enter") enter();
  });
  add.on("click", enter);
  container.empty().append($("<div>").addClass("octoprint-events-search").append(search, add), own, list);
  refresh();
  const reveal = (): void => {
    settle();
    scrollToChosen(list);
  };
  return { selected: () => [...chosen], reveal };
}

/** To the class of the first tick. */
function scrollToChosen(list: JQuery): void {
  const heading = list.find("input:checked").first().closest("div:has(> .octoprint-events-class)").get(0);
  list.scrollTop(heading?.offsetTop ?? 0);
}

function isListed(entry: string): boolean {
  return isEventName(entry) || eventClasses.some((eventClass) => entry === classPrefix + eventClass);
}

type Toggle = (entry: string, on: boolean) => void;

function group(eventClass: string, names: readonly string[], toggle: Toggle): JQuery {
  const entry = classPrefix + eventClass;
  const heading = tick(entry, text(`class.${eventClass}`), text("events.wholeClass"), toggle).addClass(
    "octoprint-events-class",
  );
  const rows = names.map((name) => {
    const since = isEventName(name) ? text("events.since", { version: versionOf(events[name].since) }) : "";
    const row = tick(name, name, since, toggle);
    row.find("input").attr("data-class-entry", entry);
    return row;
  });
  return $("<div>").append(heading, $("<div>").addClass("octoprint-events-names").append(rows));
}

function versionOf(since: string): string {
  return /^\d/.test(since) ? `OctoPrint ${since}` : since;
}

function tick(entry: string, label: string, title: string, toggle: Toggle): JQuery {
  const box = $('<input type="checkbox">').attr("data-entry", entry);
  // The list of own names holds only chosen ones.
  box.prop("checked", true).on("change", () => toggle(entry, box.is(":checked")));
  return $("<label>").attr("title", title).append(box, breakable(label));
}

/** Names of events have no spaces: lines break before capitals, and after what joins the names of plugins' events. */
function breakable(name: string): JQuery {
  const shown = $("<span>");
  for (const part of name.split(/(?<=[a-z\d])(?=[A-Z])|(?<=_)/))
    shown.append(document.createTextNode(part), $("<wbr>"));
  return shown;
}

/** Shows what contains the typed text; a class whose own name contains it is shown whole. */
function filterGroup(element: JQuery, typed: string): void {
  const holds = (row: JQuery): boolean => row.text().toLowerCase().includes(typed);
  const whole = holds(element.children("label"));
  let shown = 0;
  element.find(".octoprint-events-names > label").each((_, row) => {
    const visible = whole || holds($(row));
    $(row).toggle(visible);
    if (visible) shown += 1;
  });
  element.toggle(whole || shown > 0);
}
