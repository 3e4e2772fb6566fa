import { isReserved, isTopic } from "../mqtt/filter.ts";
import type { Problem } from "../mqtt/problem.ts";
import { isProtocol, protocols } from "../mqtt/protocols.ts";
import { parseServer } from "../mqtt/server.ts";
import type { AnyProblem } from "../node-red/any-problem.ts";
import {
  catalogOf,
  currentFields,
  dialogClosed,
  dialogOpened,
  entryOf,
  type Fields,
  fillMissing,
  isBeingAdded,
  isEnvironment,
  type Note,
  showNotes,
  storedFields,
  verdict,
} from "../node-red/editor-dialog.ts";
import { followProblems } from "../node-red/editor-problems.ts";
import { ask, stopAsking } from "../node-red/editor-requests.ts";
import type { PluginConfig } from "../octoprint/setup/plugin-config.ts";
import type { Connected } from "./dialogs/admin-responses.ts";
import { brokerForm, enteredCredentials } from "./dialogs/editor-broker-form.ts";
import {
  coreBrokerLabel,
  coreBrokerNotes,
  coreBrokerProblem,
  prepareCoreBroker,
  showCoreBroker,
} from "./dialogs/editor-core-broker.ts";
import { preparePaste } from "./dialogs/editor-paste.ts";
import { brokerDefaults, isInRange } from "./settings.ts";

const text = catalogOf("octoprint-broker");
const prefix = "node-config-input";
const input = (field: string): JQuery => $(`#${prefix}-${field}`);

/** What is wrong with one setting; the others as they stand in the dialog. */
function problemOf(fields: Fields, field: string, value: string): AnyProblem | undefined {
  const coreBroker = fields.text("coreBroker");
  if (field === "coreBroker") return value === "" ? undefined : coreBrokerProblem(value);
  // What the core node says instead is not looked at here.
  if (coreBroker !== "" && ["url", "port", "keepalive"].includes(field)) return undefined;
  switch (field) {
    case "url":
      return urlProblem(value, fields.ticked("useTls"));
    case "port":
      return value === "" || isInRange("port", value) ? undefined : { code: "port-invalid", port: value };
    case "keepalive":
      return isInRange("keepalive", value) ? undefined : { code: "keepalive-invalid", keepalive: value };
    case "queueLimit":
      return isInRange("queueLimit", value) ? undefined : { code: "queue-limit-invalid", limit: value };
    case "queueMaxAge":
      return isInRange("queueMaxAge", value) ? undefined : { code: "queue-age-invalid", hours: value };
    case "clientId":
    case "cleanSession":
      return fields.ticked("cleanSession") || fields.text("clientId").trim() !== ""
        ? undefined
        : { code: "clean-session-client-id" };
    case "statusTopic":
      if (isReserved(value)) return { code: "topic-reserved", topic: value };
      return value === "" || isTopic(value) ? undefined : { code: "topic-invalid", topic: value };
    default:
      return undefined;
  }
}

function urlProblem(url: string, useTls: boolean): Problem | undefined {
  const parsed = parseServer({ url, port: undefined, useTls });
  return parsed.ok ? undefined : parsed.problem;
}

/** In ms. The tray still slides in then: a field that gets the focus outside the window would scroll the page. */
const focusDelay = 100;

/** The port that results without the port field, and whether TLS is in effect. */
function serverOf(url: string, useTls: boolean): { readonly port: number; readonly tls: boolean; inUrl: boolean } {
  const host = url.trim() === "" || isEnvironment(url) ? "localhost" : url;
  const parsed = parseServer({ url: host, port: undefined, useTls });
  // If the URL has no port, the field's port counts.
  const other = parseServer({ url: host, port: 1, useTls });
  if (parsed.ok) {
    return { port: parsed.server.port, tls: parsed.server.tls, inUrl: other.ok && other.server.port !== 1 };
  }
  return { port: useTls ? 8883 : 1883, tls: useTls || /^(mqtts|wss):/i.test(url), inUrl: false };
}

/** An empty server is wrong, as it is in core's `mqtt-broker`: nothing would ever be connected. */
function validate(node: EditorNode, field: string, value: unknown): true | string {
  const fields = currentFields(node, prefix);
  // A select of config nodes has the value `_ADD_` if none is chosen.
  const entered = value === "_ADD_" ? "" : String(value ?? defaultOf(field));
  return verdict(problemOf(fields, field, entered));
}

/** What a setting is in a flow of an older version, which lacks it. */
function defaultOf(field: string): unknown {
  return new Map<string, unknown>(Object.entries(brokerDefaults)).get(field) ?? "";
}

function follow(): void {
  const coreBroker = entryOf(input("coreBroker"));
  $(".octoprint-broker-own").toggle(coreBroker === "");
  showCoreBroker($("#octoprint-broker-core"), coreBroker);
  const server = serverOf(entryOf(input("url")), input("useTls").is(":checked"));
  input("port").attr("placeholder", server.port).prop("disabled", server.inUrl);
  $("#octoprint-broker-tls").toggle(server.tls && coreBroker === "");
  $("#octoprint-broker-no-tls").toggle(!server.tls && coreBroker === "");
  showNotes(
    $("#octoprint-broker-security-notes"),
    coreBroker === "" ? securityNotes(server.tls) : coreBrokerNotes(coreBroker),
  );
}

function securityNotes(tls: boolean): Note[] {
  const notes: Note[] = [];
  const [user, password] = [entryOf(input("username")), entryOf(input("password"))];
  if (password !== "" && user === "") notes.push({ level: "warning", text: text("note.passwordAlone") });
  if (user !== "" && !tls) notes.push({ level: "info", text: text("note.passwordInClear") });
  if (tls && input("tlsInsecure").is(":checked")) notes.push({ level: "warning", text: text("note.tlsInsecure") });
  return notes;
}

async function testConnection(node: EditorNode): Promise<void> {
  const [button, notes] = [$("#octoprint-broker-test"), $("#octoprint-broker-test-notes")];
  button.prop("disabled", true);
  showNotes(notes, [{ level: "info", text: text("ask.testing") }]);
  const answer = await ask<Connected>(
    "octoprint-broker/test",
    brokerForm(node, currentFields(node, prefix), enteredCredentials(prefix)),
  );
  if (answer === undefined) return;
  const { ok } = answer;
  showNotes(notes, [ok ? { level: "success", text: connectedText(answer) } : answer.note]);
  button.prop("disabled", false);
}

function connectedText({ server, tls }: Connected): string {
  return text(tls ? "ask.connectedTls" : "ask.connected", { server });
}

function fillIn({ broker, credentials }: PluginConfig): Note[] {
  // Nothing of a broker: what the form holds already is better.
  if (broker.url === "") return [];
  for (const field of ["url", "port", "protocol", "keepalive", "ciphers"] as const) input(field).val(broker[field]);
  for (const field of ["useTls", "tlsInsecure"] as const) input(field).prop("checked", broker[field]);
  for (const field of ["username", "password"] as const) input(field).val(credentials[field] ?? "");
  input("coreBroker").val("_ADD_").trigger("change");
  input("url").trigger("change");
  follow();
  return [{ level: "success", text: text("note.brokerFilledIn") }];
}

/** The runtime's context stores, and the chosen one even if it no longer exists. */
function offerStores(chosen: string): void {
  const names = new Set(["", ...(RED.settings.context?.stores ?? []), chosen]);
  const options = [...names].map((name) =>
    $("<option>")
      .val(name)
      .text(name || text("option.notKept")),
  );
  const follow = (): void => void $("#octoprint-broker-row-queueMaxAge").toggle(entryOf(input("queueStore")) !== "");
  input("queueStore").append(options).val(chosen).on("change", follow);
  follow();
}

function offerProtocols(chosen: string): void {
  const options = Object.keys(protocols).map((name) =>
    $("<option>")
      .val(name)
      .text(text(`option.${name}`)),
  );
  input("protocol")
    .append(options)
    .val(isProtocol(chosen) ? chosen : brokerDefaults.protocol);
}

const checked = [
  "coreBroker",
  "url",
  "port",
  "keepalive",
  "clientId",
  "cleanSession",
  "statusTopic",
  "queueLimit",
  "queueMaxAge",
];

function prepare(node: EditorNode): void {
  dialogOpened(node);
  fillMissing(node, prefix, brokerDefaults);
  const isNew = isBeingAdded(node);
  prepareCoreBroker(input("coreBroker"), isNew);
  offerProtocols(storedFields(node).text("protocol"));
  offerStores(storedFields(node).text("queueStore"));
  const tabs = RED.tabs.create({
    id: "octoprint-broker-tabs",
    onchange: ({ id }) => {
      $("#octoprint-broker-contents").children().hide();
      $(`#${id}`).show();
    },
  });
  for (const tab of ["connection", "security", "status"]) {
    tabs.addTab({ id: `octoprint-broker-${tab}`, label: text(`tab.${tab}`) });
  }
  // The tray has no width yet.
  setTimeout(() => tabs.resize(), 0);
  for (const field of ["coreBroker", "url", "useTls", "username", "password", "tlsInsecure"]) {
    input(field).on("change keyup", follow);
  }
  follow();
  followProblems(node, { prefix, fields: checked, validate, notes: $("#octoprint-broker-problems") });
  if (isNew && entryOf(input("coreBroker")) === "") focusWhenOpen(input("url"));
  $("#octoprint-broker-test").on("click", () => void testConnection(node));
  preparePaste($("#octoprint-broker-config"), fillIn);
}

/** The field to fill in has the focus, once Node-RED has given it to the first one. */
function focusWhenOpen(field: JQuery): void {
  const tray = field.closest(".red-ui-tray");
  tray.one("focusin", () => setTimeout(() => field.trigger("focus"), focusDelay));
}

function close(node: EditorNode): void {
  stopAsking(node);
  dialogClosed(node);
}

function label(node: EditorNode): string {
  const fields = storedFields(node);
  const coreLabel = coreBrokerLabel(node);
  if (coreLabel !== undefined) return fields.text("name") || coreLabel;
  const [name, url, port] = [fields.text("name"), fields.text("url"), fields.text("port")];
  if (name !== "" || url === "") return name || text("label.unnamed");
  return port === "" || serverOf(url, false).inUrl ? url : `${url}:${port}`;
}

const broker = {
  defaults: brokerDefaults,
  label,
  prepare,
  close,
  validate,
};

window.OctoPrintMqtt = { ...window.OctoPrintMqtt, broker };
