import type { ApiRequest, CommandRow, ControlMessage } from "../../nodes/octoprint/commands/command-row.ts";
import { commandNames, commands } from "../../nodes/octoprint/commands/commands-table.ts";
import { exampleFacts } from "../../nodes/octoprint/commands/example-facts.ts";
import { type ParameterSchema, typesOf } from "../../nodes/octoprint/commands/parameter-schema.ts";

const limits = { tool: 300, bed: 120, chamber: 80 };

export function commandsPage(): string {
  return `# Commands

What \`octoprint-control\` can do. It uses OctoPrint's own API if the printer has an \`octoprint-server\`, otherwise the OctoPrint-HomeAssistant plugin over a broker.
Choose the command in the node, or send it in \`msg.command\`. Set its parameters in the node, or send them in \`msg.payload\`: an object with the names below, or just
the value of the parameter marked “alone”.

- **!**: the command can destroy something or surprise you. A msg may ask for it only if it is ticked under "May do". If you choose it in the node, it is allowed.
- **Happened**: when the msg goes on. Without an entry here, it goes on when OctoPrint has accepted the command.
- **The key needs**: the permissions that the key's user must have, as OctoPrint's access control names them.
- The requests and messages are what the code sends for the example. If a command needs to know the printer's state, the node asks OctoPrint first.

${commandNames.map(sectionOf).join("\n\n")}

This page is made from the table in the code: \`node --import tsx test/support/write-docs.ts\`.
`;
}

function sectionOf(name: (typeof commandNames)[number]): string {
  const row = commands[name];
  const lines = [`## ${name}${row.marked ? " !" : ""}`, ""];
  const parameters = Object.entries(row.parameters.properties);
  if (parameters.length > 0) {
    lines.push("| Parameter | Type | Range | Left out |", "| --- | --- | --- | --- |");
    for (const [parameter, schema] of parameters) {
      const alone = row.single === parameter ? ", alone" : "";
      const required =
        row.parameters.required?.includes(parameter) === true ? "must be given" : String(schema.default ?? "");
      lines.push(`| \`${parameter}\`${alone} | ${typeOf(schema)} | ${rangeOf(schema)} | ${required} |`);
    }
    lines.push("");
  }
  lines.push(`Example: \`${JSON.stringify({ command: name, payload: row.example.parameters })}\``, "");
  lines.push(`- API: ${apiOf(row)}`, `- MQTT: ${mqttOf(row)}`);
  if (row.happened !== undefined) lines.push(`- Happened: ${row.happened.words}`);
  if (row.permissions.length > 0) lines.push(`- The key needs: ${row.permissions.join(", ")}`);
  return lines.join("\n");
}

function typeOf(schema: ParameterSchema): string {
  const types = typesOf(schema).join(" or ") || "anything";
  const items = schema.items?.enum === undefined ? "" : ` of ${schema.items.enum.join(", ")}`;
  return types + items + (schema.unit === undefined ? "" : `, ${schema.unit}`);
}

function rangeOf({ enum: choices, minimum, maximum }: ParameterSchema): string {
  if (choices !== undefined) return choices.join(", ");
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return minimum === undefined ? "" : `${minimum} or more`;
}

function apiOf(row: CommandRow): string {
  const requests = requestsOf<ApiRequest>(row, row.api);
  if (requests === undefined) return "–";
  if (requests.length === 0) return "what `GET /api/job` and `GET /api/printer` say";
  return requests.map((request) => `\`${request.method} ${request.path}\`${bodyOf(request)}`).join(", ");
}

function bodyOf({ body, upload }: ApiRequest): string {
  if (upload !== undefined) return ` with the file and ${JSON.stringify(upload.fields)} as a form`;
  return body === undefined ? "" : ` \`${JSON.stringify(body)}\``;
}

function mqttOf(row: CommandRow): string {
  const messages = requestsOf<ControlMessage>(row, row.mqtt, true);
  if (messages === undefined) return "–";
  if (messages.length === 0) return "what the printer has published (needs no companion plugin)";
  return messages.map(({ control, payload }) => `\`hassControl/${control}\` \`${payload}\``).join(", ");
}

function requestsOf<Request>(row: CommandRow, way: CommandRow["api"] | CommandRow["mqtt"], plain = false) {
  // Over MQTT, a command takes fewer parameters.
  const parameters = plain && row.single === undefined && way !== undefined ? spoken(row) : row.example.parameters;
  const plan = way?.plan(parameters, exampleFacts(row, limits));
  if (plan === undefined) return undefined;
  if (!plan.ok || !("requests" in plan))
    throw new Error(`the example of ${JSON.stringify(parameters)} cannot be planned`);
  return plan.requests as readonly Request[];
}

function spoken(row: CommandRow): CommandRow["example"]["parameters"] {
  const wrong = row.mqtt?.plan(row.example.parameters, exampleFacts(row, limits));
  return wrong?.ok === false && wrong.problem.code === "parameter-not-over-mqtt" ? {} : row.example.parameters;
}

const languages = ["en-US", "de", "fr", "es-ES", "ja", "zh-CN"] as const;

/** The help page of `octoprint-control` in every language, by its path in the repository. */
export const controlHelp: readonly string[] = languages.map(
  (language) => `nodes/octoprint-control/locales/${language}/octoprint-control.html`,
);

/** The help with the table's rows as the code has them; they are the same in every language. */
export function withCommandRows(help: string): string {
  const rows = commandNames.map((name) => {
    const { marked, mqtt, parameters } = commands[name];
    const taken = Object.entries(parameters.properties).map(([parameter, { unit }]) =>
      unit === undefined ? `\`${parameter}\`` : `\`${parameter}\` ${unit}`,
    );
    return `| \`${name}\`${marked === true ? " !" : ""} | ${taken.join(", ") || "–"} | ${mqtt === undefined ? "–" : "✓"} |`;
  });
  return help.replace(/(?:^\| `.*\n)+/m, `${rows.join("\n")}\n`);
}
