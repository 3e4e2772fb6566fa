import type { EventRow } from "../../nodes/octoprint/events/event-row.ts";
import { eventClasses, events } from "../../nodes/octoprint/events/events.ts";
import { commandsPage } from "./docs-commands.ts";
import { messagesPage } from "./docs-messages.ts";
import { problemsPage } from "./docs-problems.ts";

/** The pages of docs/ that are made from the code, by file name. */
export const generatedDocs: { readonly [file: string]: () => string } = {
  "commands.md": commandsPage,
  "events.md": eventsPage,
  "messages.md": messagesPage,
  "problems.md": problemsPage,
};

function eventsPage(): string {
  return `# Events

The events of OctoPrint 1.2 to 2.0 as OctoPrint-MQTT publishes them, on \`octoprint/event/<name>\` by default. Names are case-sensitive.

- **Class**: the classes that you can tick under *Events* in \`octoprint-in\`; in a flow, \`class:…\`: ${eventClasses.join(", ")}.
  They are the switches of OctoPrint-MQTT, with every event in the class where it belongs. The events of plugins (\`plugin_<plugin>_<event>\`, and those with free
  names) are unclassified.
- **Since**: the OctoPrint release that brought the event; 1.2 also stands for earlier ones.
- **Fields**: what the payload holds besides \`_event\` and the timestamp. A field with \`?\` may be absent; most often because
  only some releases of OctoPrint send it.
- The events of class gcode, and ZChange, come only for commands that go through OctoPrint, never for a print from the
  printer's SD card, and when the command is queued, not when the printer carries it out.
- Retained since OctoPrint-MQTT 0.8.14: ${retained()}. Versions 0.8.4 to 0.8.13 retained every event, so a broker may
  still hold events that are years old.

This page is made from the table in the code: \`node --import tsx test/support/write-docs.ts\`.

${eventsTable()}
`;
}

/** One row an event, as a Markdown table. */
export function eventsTable(): string {
  const rows = Object.entries<EventRow>(events).map(([name, row]) => {
    const cells = [`\`${name}\``, row.class, row.since, fieldsOf(row), row.note ?? ""];
    return `| ${cells.join(" | ")} |`;
  });
  return ["| Event | Class | Since | Fields | Note |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

function fieldsOf(row: EventRow): string {
  // A "|" would end the table's cell.
  return Object.entries(row.fields)
    .map(([field, type]) => `\`${field}\` ${type.replace("|", " or ")}`)
    .join(", ");
}

function retained(): string {
  const names = Object.entries<EventRow>(events).flatMap(([name, row]) => (row.retained ? [name] : []));
  return names.join(", ");
}
