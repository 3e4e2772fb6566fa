import { type Failure, failure } from "../problem.ts";

/** A topic with at most two holes: `{printer}` (one level, or a part of one) and a name (anything, slashes too). */
export interface Template {
  /** What stands before `{printer}`, or before the name where there is no `{printer}`. */
  readonly head: string;
  /** What stands between `{printer}` and the name (or the end); `undefined`: no `{printer}`. */
  readonly middle: string | undefined;
  /** What stands after the name; `undefined`: the topic has no name in it. */
  readonly tail: string | undefined;
}

/** What stands in a template's holes. */
export interface Holes {
  readonly printer: string | undefined;
  readonly name: string;
}

/**
 * Splits `baseTopic + sub` at its placeholders. Nothing is inserted between the two, as in the plugin.
 *
 * @example templateOf("farm/{printer}/", "event/{event}", "{event}")
 * // { head: "farm/", middle: "/event/", tail: "" }
 */
export function templateOf(baseTopic: string, sub: string, placeholder: string | undefined): Template {
  const [front, back] = placeholder === undefined ? [sub, undefined] : cut(sub, placeholder);
  const [head, rest] = cut(baseTopic, "{printer}");
  return rest === undefined
    ? { head: baseTopic + front, middle: undefined, tail: back }
    : { head, middle: rest + front, tail: back };
}

function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** The values of the holes, or `undefined` if the topic does not match this template. */
export function matchTemplate(template: Template, topic: string): Holes | undefined {
  if (!topic.startsWith(template.head)) return undefined;
  let at = template.head.length;
  let printer: string | undefined;
  if (template.middle !== undefined) {
    const end = endOfPrinter(template.middle, topic, at);
    if (end <= at || !topic.startsWith(template.middle, end)) return undefined;
    printer = topic.slice(at, end);
    at = end + template.middle.length;
  }
  if (template.tail === undefined) return at === topic.length ? { printer, name: "" } : undefined;
  const end = topic.length - template.tail.length;
  if (end <= at || !topic.endsWith(template.tail)) return undefined;
  return { printer, name: topic.slice(at, end) };
}

/** A printer's name has no `/`: it ends at the next `/`, or at the end of the topic. */
function endOfPrinter(middle: string, topic: string, start: number): number {
  const slash = topic.indexOf("/", start);
  const slashInMiddle = middle.indexOf("/");
  if (slashInMiddle >= 0) return slash < 0 ? -1 : slash - slashInMiddle;
  return slash < 0 ? topic.length - middle.length : -1;
}

/** The topic for the holes. The values are taken verbatim; see `checkName`. */
export function fillTemplate(template: Template, printer: string, name: string): string {
  const front = template.middle === undefined ? template.head : template.head + printer + template.middle;
  return template.tail === undefined ? front : front + name + template.tail;
}

const hole = "\0";

/**
 * The MQTT filter that receives the template's topics; `printer` and `name`, where given, are filled in first.
 * A name that has a level to itself may hold slashes: `#` from there on. Beside other text a hole becomes `+`.
 *
 * @example filterOfTemplate(templateOf("octoprint/", "event/{event}", "{event}")) // "octoprint/event/#"
 * @example filterOfTemplate(templateOf("octoLaser", "{temp}/temperature", "{temp}")) // "+/temperature"
 */
export function filterOfTemplate(template: Template, printer?: string, name?: string): string {
  const levels: string[] = [];
  const single = `${hole}p`;
  for (const level of fillTemplate(template, printer ?? single, name ?? hole).split("/")) {
    // `#` alone would receive the whole broker.
    if (level === hole && levels.length > 0) return [...levels, "#"].join("/");
    levels.push(level.includes(hole) ? "+" : level);
  }
  return levels.join("/");
}

/** True where the template's name shares its level with other text, so that names with `/` are not received. */
export function splitsNames(template: Template): boolean {
  return template.tail !== undefined && !filterOfTemplate(template).endsWith("#");
}

/** Names go into a topic unchanged, so what MQTT forbids in a topic is refused here [MQTT-3.3.2-2], [MQTT-4.7.3-1]. */
export function checkName(placeholder: string, name: string): Failure | undefined {
  if (name === "") return failure("name-empty", { placeholder });
  const forbidden = placeholder === "printer" ? /[+#\0/]/ : /[+#\0]/;
  const character = forbidden.exec(name)?.[0];
  if (character !== undefined) {
    return failure("name-forbidden", { placeholder, name, character: character === "\0" ? "NUL" : character });
  }
  return name.isWellFormed() ? undefined : failure("name-not-unicode", { placeholder });
}

/** A topic has at most 65,535 bytes of UTF-8 [MQTT-4.7.3-3]. */
export function checkLength(topic: string): Failure | undefined {
  const most = 65_535;
  if (topic.length * 3 <= most) return undefined;
  const { length } = new TextEncoder().encode(topic);
  return length > most ? failure("topic-too-long", { length }) : undefined;
}
