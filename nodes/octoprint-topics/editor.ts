import { events } from "../octoprint/events/events.ts";
import { compileScheme, type Scheme, type SchemeSettings, schemeDefaults } from "../octoprint/topics/scheme.ts";

/** The usual sensors; others have names that nobody can know. */
const sensors = ["tool0", "tool1", "bed", "chamber"];

/** The topics of the configured printers, for topic fields of Node-RED's own MQTT nodes. */
function topicsOfPrinters(receives: boolean): string[] {
  const topics = new Set<string>();
  RED.nodes.eachConfig((node) => {
    // The topics of a printer without a broker are on no broker.
    if (node.type !== "octoprint-printer" || node.source === "server") return;
    const compiled = compileScheme(settingsOf(node));
    if (!compiled.ok) return;
    const { scheme } = compiled;
    for (const topic of receives ? filtersOf(scheme) : topicsOf(scheme)) topics.add(topic);
  });
  return [...topics];
}

function settingsOf(node: EditorNode): SchemeSettings {
  const entries = Object.entries(schemeDefaults).map(([field, usual]: [string, string]) => {
    const value = node[field];
    return [field, typeof value === "string" ? value : usual];
  });
  return { ...schemeDefaults, ...Object.fromEntries(entries) };
}

const names = {
  connection: [],
  progress: ["printing", "slicing"],
  temperature: sensors,
  event: Object.keys(events),
} as const;
const kinds = ["connection", "progress", "temperature", "event"] as const;

/** What can be subscribed to: whole kinds, and their names one by one; in a farm of every printer. */
function filtersOf(scheme: Scheme): string[] {
  return kinds.flatMap((kind) =>
    [[], ...names[kind].map((name) => [name])].flatMap((selected) => {
      const found = scheme.filters({ kind, names: selected });
      return found.ok ? found.filters : [];
    }),
  );
}

/** What can be published to; of a farm nobody knows the printers' names. */
function topicsOf(scheme: Scheme): string[] {
  if (scheme.farm) return [];
  return kinds.flatMap((kind) =>
    (kind === "connection" ? [""] : names[kind]).flatMap((name) => {
      const filled = scheme.fill({ kind, name, printer: undefined });
      return filled.ok ? [filled.topic] : [];
    }),
  );
}

RED.plugins.registerPlugin("octoprint-topics", {
  type: "node-red-mqtt-topic-autocomplete-source",
  getCompletions: (_typed, { node }) => topicsOfPrinters(node?.type === "mqtt in"),
});
