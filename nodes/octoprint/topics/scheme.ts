import { type Failure, failure, type Problem } from "../problem.ts";
import { isProgressName, type Kind, kindTable } from "./kinds.ts";
import {
  checkLength,
  checkName,
  fillTemplate,
  filterOfTemplate,
  matchTemplate,
  splitsNames,
  type Template,
  templateOf,
} from "./template.ts";

/** A printer's topics and the name of its timestamp field: the plugin's `publish:` settings. */
export interface SchemeSettings {
  readonly baseTopic: string;
  readonly eventTopic: string;
  readonly progressTopic: string;
  readonly temperatureTopic: string;
  readonly metadataTopic: string;
  readonly lwTopic: string;
  readonly timestampField: string;
}

/** The plugin's defaults; the base topic as its README has it (the plugin itself says `octoPrint/` since 0.8.4). */
export const schemeDefaults: SchemeSettings = {
  baseTopic: "octoprint/",
  eventTopic: "event/{event}",
  progressTopic: "progress/{progress}",
  temperatureTopic: "temperature/{temp}",
  metadataTopic: "metadata/{key}",
  lwTopic: "mqtt",
  timestampField: "_timestamp",
};

/**
 * What a topic says: its kind, the placeholder's value (`""` for `connection`, the subtopic for `other`), and the
 * `{printer}` level where the base topic has one.
 */
export interface Channel {
  readonly kind: Kind;
  readonly name: string;
  readonly printer: string | undefined;
}

/** What to receive; `names`: only these placeholder values, for `other` MQTT filters below the base topic. */
export interface Selection {
  readonly kind: Kind | "all";
  readonly printers?: readonly string[];
  readonly names?: readonly string[];
}

/** A printer's topics: which topic means what, and which topic to publish under. */
export interface Scheme {
  readonly settings: SchemeSettings;
  /** True where the base topic holds `{printer}`. */
  readonly farm: boolean;
  /** @example match("octoprint/event/PrintDone") // { kind: "event", name: "PrintDone", printer: undefined } */
  match(topic: string): Channel | undefined;
  /**
   * @example fill({ kind: "event", name: "PrintDone", printer: undefined }) // { ok: true, topic:
   * "octoprint/event/PrintDone" }
   */
  fill(channel: Channel): { readonly ok: true; readonly topic: string } | Failure;
  /** The MQTT filters that receive a selection. They may overlap each other. */
  filters(selection: Selection): { readonly ok: true; readonly filters: readonly string[] } | Failure;
}

const templated = ["event", "progress", "temperature", "metadata"] as const;
type Templates = ReadonlyMap<Kind, Template>;

/** Compiles a printer's settings, once; `schemeProblems` says what is wrong with them. */
export function compileScheme(settings: SchemeSettings): { readonly ok: true; readonly scheme: Scheme } | Failure {
  const problem = schemeProblems(settings)[0];
  if (problem) return { ok: false, problem };
  const templates = templatesOf(settings);
  const inOrder = matchOrder(settings, templates);
  const farm = settings.baseTopic.includes("{printer}");
  return {
    ok: true,
    scheme: {
      settings,
      farm,
      match: (topic) => matchChannel(inOrder, topic),
      fill: (channel) => fillChannel(templates, farm, channel),
      filters: (selection) => filtersOf(templates, farm, selection),
    },
  };
}

function templatesOf(settings: SchemeSettings): Templates {
  const templates = new Map<Kind, Template>();
  for (const kind of templated) {
    const { field, placeholder } = kindTable[kind];
    templates.set(kind, templateOf(settings.baseTopic, settings[field], `{${placeholder}}`));
  }
  if (settings.lwTopic !== "") templates.set("connection", templateOf(settings.baseTopic, settings.lwTopic, undefined));
  if (settings.baseTopic.endsWith("/")) templates.set("other", templateOf(settings.baseTopic, "{rest}", "{rest}"));
  return templates;
}

/** First the exact topic, then the template with the most literal characters. */
function matchOrder(settings: SchemeSettings, templates: Templates): readonly [Kind, Template][] {
  const rank = ([kind]: [Kind, Template]): number => {
    if (kind === "connection") return Number.POSITIVE_INFINITY;
    if (kind === "other") return -1;
    const { field, placeholder } = kindTable[kind];
    return settings[field].length - `{${placeholder}}`.length;
  };
  return [...templates].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}

function matchChannel(inOrder: readonly [Kind, Template][], topic: string): Channel | undefined {
  for (const [kind, template] of inOrder) {
    const holes = matchTemplate(template, topic);
    if (holes === undefined) continue;
    if (kind === "progress" && !isProgressName(holes.name)) continue;
    return { kind, name: holes.name, printer: holes.printer };
  }
  return undefined;
}

function fillChannel(
  templates: Templates,
  farm: boolean,
  { kind, name, printer }: Channel,
): { readonly ok: true; readonly topic: string } | Failure {
  const template = templates.get(kind);
  if (template === undefined) return missingTemplate(kind);
  const { placeholder } = kindTable[kind];
  const wrong =
    (placeholder === undefined ? undefined : checkName(placeholder, name)) ??
    (farm ? checkName("printer", printer ?? "") : undefined);
  if (wrong) return wrong;
  const topic = fillTemplate(template, printer ?? "", name);
  // Topics that begin with $ are the broker's own [MQTT-4.7.2-1]: a name must not make one.
  if (template.head === "" && topic.startsWith("$")) {
    const first = farm ? { placeholder: "printer", name: printer ?? "" } : { placeholder: placeholder ?? "", name };
    return failure("name-forbidden", { ...first, character: "$" });
  }
  return checkLength(topic) ?? { ok: true, topic };
}

function missingTemplate(kind: Kind): Failure {
  return kind === "other"
    ? failure("base-topic-unfinished")
    : failure("no-such-topic", { field: kindTable[kind].field });
}

function filtersOf(
  templates: Templates,
  farm: boolean,
  { kind, printers = [], names = [] }: Selection,
): { readonly ok: true; readonly filters: readonly string[] } | Failure {
  const wanted = wantedTemplates(templates, kind);
  if (wanted.length === 0) return missingTemplate(kind === "all" ? "other" : kind);
  const filters = new Set<string>();
  for (const printer of farm && printers.length > 0 ? printers : [undefined]) {
    const wrong = printer === undefined ? undefined : checkName("printer", printer);
    if (wrong) return wrong;
    for (const [of, template] of wanted) {
      const { placeholder } = kindTable[of];
      const only = placeholder === undefined || kind === "all" || names.length === 0 ? [undefined] : names;
      for (const name of only) {
        // Below the base topic any MQTT filter may be asked for; in a template's place only a name.
        const wrongName = name === undefined || of === "other" ? undefined : checkName(placeholder ?? of, name);
        if (wrongName) return wrongName;
        filters.add(filterOfTemplate(template, printer, name));
      }
    }
  }
  return { ok: true, filters: [...filters] };
}

/** Where everything lies below the base topic, one filter receives it all. */
function wantedTemplates(templates: Templates, kind: Kind | "all"): readonly [Kind, Template][] {
  const all = [...templates];
  if (kind !== "all") return all.filter(([of]) => of === kind);
  return templates.has("other") ? all.filter(([of]) => of === "other") : all;
}

/** What makes the settings unusable; empty when they are good. */
export function schemeProblems(settings: SchemeSettings): readonly Problem[] {
  const found: (Failure | undefined)[] = [];
  for (const field of [
    "baseTopic",
    "eventTopic",
    "progressTopic",
    "temperatureTopic",
    "metadataTopic",
    "lwTopic",
  ] as const) {
    if (/[+#\0]/.test(settings[field])) found.push(failure("topic-wildcard", { field }));
  }
  found.push(placeholderProblem("baseTopic", settings.baseTopic, "{printer}", false));
  for (const kind of templated) {
    const { field, placeholder } = kindTable[kind];
    found.push(placeholderProblem(field, settings[field], `{${placeholder}}`, true));
    found.push(separationProblem(settings.baseTopic, field, settings[field]));
  }
  return found.flatMap((wrong) => (wrong ? [wrong.problem] : []));
}

function placeholderProblem(field: string, text: string, placeholder: string, needed: boolean): Failure | undefined {
  const marks = text.match(/\{[^{}/]*\}/g) ?? [];
  const unknown = marks.find((mark) => mark !== placeholder);
  if (unknown !== undefined) return failure("placeholder-unknown", { field, placeholder: unknown });
  if (marks.length > 1) return failure("placeholder-twice", { field, placeholder });
  if (needed && marks.length === 0) return failure("placeholder-missing", { field, placeholder });
  return undefined;
}

/** `{printer}` is one level: without a `/` before the next placeholder, its end would be unknown. */
function separationProblem(baseTopic: string, field: string, sub: string): Failure | undefined {
  const afterPrinter = baseTopic.split("{printer}")[1];
  const beforeName = sub.slice(0, Math.max(sub.indexOf("{"), 0));
  if (afterPrinter === undefined || `${afterPrinter}${beforeName}`.includes("/")) return undefined;
  return failure("printer-not-separated", { field });
}

/** What works, but perhaps not as intended. */
export function schemeWarnings(settings: SchemeSettings): readonly Problem[] {
  const found: Failure[] = [];
  if (!settings.baseTopic.endsWith("/")) {
    const preview = settings.baseTopic + settings.eventTopic;
    found.push(failure("base-topic-without-slash", { preview }));
  }
  const templates = [...templatesOf(settings)].filter(([kind]) => kind !== "other");
  templates.forEach(([kind, template], index) => {
    const { field } = kindTable[kind];
    for (const [otherKind, other] of templates.slice(index + 1)) {
      if (overlap(template, other))
        found.push(failure("templates-overlap", { field, other: kindTable[otherKind].field }));
    }
    if (splitsNames(template)) found.push(failure("slash-names-not-received", { field }));
  });
  return found.map(({ problem }) => problem);
}

/** Two templates below one base topic overlap if the front and back of one can match those of the other. */
function overlap(a: Template, b: Template): boolean {
  const [frontA, frontB] = [a.middle ?? a.head, b.middle ?? b.head];
  if (a.tail === undefined || b.tail === undefined) {
    if (a.tail === b.tail) return frontA === frontB;
    const [exact, template] = a.tail === undefined ? [a, b] : [b, a];
    return matchTemplate(template, fillTemplate(exact, "printer", "")) !== undefined;
  }
  const fronts = frontA.startsWith(frontB) || frontB.startsWith(frontA);
  return fronts && (a.tail.endsWith(b.tail) || b.tail.endsWith(a.tail));
}

/**
 * The name by which a msg speaks of its printer: the topic's own level, else the given name, else the last level of
 * the base topic.
 */
export function printerNameOf(channel: Channel, name: string, baseTopic: string): string {
  return channel.printer ?? (name || (baseTopic.split("/").findLast((level) => level !== "") ?? ""));
}

/** The other one of the plugin's two default base topics (README and code disagree since 0.8.4), else `undefined`. */
export function otherDefaultBaseTopic(baseTopic: string): string | undefined {
  if (baseTopic === "octoprint/") return "octoPrint/";
  return baseTopic === "octoPrint/" ? "octoprint/" : undefined;
}
