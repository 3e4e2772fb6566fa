import type { AnyProblem } from "../node-red/any-problem.ts";
import {
  catalogOf,
  currentFields,
  dialogClosed,
  dialogOpened,
  entryOf,
  isEnvironment,
  type Note,
  showNotes,
  storedFields,
  verdict,
} from "../node-red/editor-dialog.ts";
import { ask, stopAsking } from "../node-red/editor-requests.ts";
import { parseAddress } from "../server/address.ts";
import type { Tested } from "./dialogs/admin-responses.ts";
import { KeyRequestDialog } from "./dialogs/editor-ask-key.ts";
import { isSnapshotUrl, isThrottle, type ServerCredentials, serverDefaults, throttles } from "./settings.ts";

const text = catalogOf("octoprint-server");
const prefix = "node-config-input";
const input = (field: string): JQuery => $(`#${prefix}-${field}`);

/** What the runtime needs to reach OctoPrint as the form says, before it is deployed. */
function form(node: EditorNode): object {
  const fields = currentFields(node, prefix);
  const credentials: ServerCredentials = {
    apiKey: entryOf(input("apiKey")),
    proxyUser: entryOf(input("proxyUser")),
    proxyPassword: entryOf(input("proxyPassword")),
  };
  return { id: node.id, settings: { url: fields.text("url"), tls: fields.text("tls") }, credentials };
}

function problemOf(field: "url" | "snapshotUrl", value: string): AnyProblem | undefined {
  if (isEnvironment(value)) return undefined;
  if (field === "snapshotUrl") return isSnapshotUrl(value) ? undefined : { code: "snapshot-url", url: value };
  const parsed = parseAddress(value);
  return parsed.ok ? undefined : parsed.problem;
}

/** Names without a dot, and addresses that no router carries, are at home. */
function isAtHome(host: string): boolean {
  if (!host.includes(".") || /\.(local|lan|home|internal|fritz\.box)$/.test(host)) return true;
  return /^(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(host);
}

function notes(): Note[] {
  const url = entryOf(input("url"));
  const parsed = isEnvironment(url) ? undefined : parseAddress(url);
  if (!parsed?.ok) return [];
  const { protocol, hostname } = new URL(parsed.address.origin);
  const open = protocol === "http:" && !isAtHome(hostname);
  return open ? [{ level: "warning", text: text("note.keyInClear") }] : [];
}

async function testConnection(node: EditorNode): Promise<void> {
  const [button, shown] = [$("#octoprint-server-test"), $("#octoprint-server-test-notes")];
  button.prop("disabled", true);
  showNotes(shown, [{ level: "info", text: text("ask.testing") }]);
  // Two requests of ten seconds, and what else there is to know.
  const answer = await ask<Tested>("octoprint-server/test", form(node), 60_000);
  if (answer === undefined) return;
  const { ok } = answer;
  showNotes(shown, ok ? testedNotes(answer) : [answer.note]);
  button.prop("disabled", false);
}

function testedNotes({ version, user, missing, safeMode }: Tested): Note[] {
  const who = user === null ? text("ask.guest") : user === "_api" ? text("ask.globalKey") : text("ask.user", { user });
  const found: Note[] = [{ level: "info", text: `${text("ask.connected", { version })} ${who}` }];
  if (safeMode) found.push({ level: "warning", text: text("ask.safeMode") });
  const lines = missing.map((permission) => text(`permission.${permission}`));
  if (lines.length > 0) found.push({ level: "warning", text: [text("ask.missing"), ...lines].join("\n") });
  return found;
}

function offerThrottles(chosen: string): void {
  const options = throttles.map((seconds) => $("<option>").val(seconds).text(text("option.seconds", { seconds })));
  input("throttle")
    .append(options)
    .val(isThrottle(chosen) ? chosen : serverDefaults.throttle);
}

let keyRequest: KeyRequestDialog | undefined;

function prepare(node: EditorNode): void {
  dialogOpened(node);
  const stored = storedFields(node);
  offerThrottles(stored.text("throttle"));
  const isSet = (field: "tls" | "snapshotUrl"): boolean => stored.text(field) !== "";
  const more = isSet("tls") || isSet("snapshotUrl") || entryOf(input("proxyUser")) !== "";
  $("#octoprint-server-more").prop("open", more || entryOf(input("throttle")) !== serverDefaults.throttle);
  const follow = (): void => showNotes($("#octoprint-server-notes"), notes());
  input("url").on("change keyup", follow);
  follow();
  showNotes($("#octoprint-server-test-notes"), []);
  $("#octoprint-server-test").on("click", () => void testConnection(node));
  keyRequest = new KeyRequestDialog(
    () => form(node),
    (key) => input("apiKey").val(key).trigger("change"),
  );
}

function close(node: EditorNode): void {
  keyRequest?.close();
  keyRequest = undefined;
  stopAsking(node);
  dialogClosed(node);
}

function label(node: EditorNode): string {
  const fields = storedFields(node);
  return fields.text("name") || fields.text("url").replace(/^https?:\/\//i, "") || text("label.unnamed");
}

const server = {
  defaults: serverDefaults,
  label,
  prepare,
  close,
  validate: (field: "url" | "snapshotUrl", value: unknown): true | string =>
    verdict(problemOf(field, String(value ?? ""))),
};

window.OctoPrintMqtt = { ...window.OctoPrintMqtt, server };
