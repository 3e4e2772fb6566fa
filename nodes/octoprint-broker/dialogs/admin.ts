import type { NodeAPI } from "node-red";
import type { ConnectionSettings } from "../../mqtt/client-options.ts";
import { type ProbeLimits, probe } from "../../mqtt/probe.ts";
import { addressOf } from "../../mqtt/server.ts";
import { type Answer, adminRoutes } from "../../node-red/admin-routes.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { Discovery, discoveryFilters } from "../../octoprint/setup/discovery.ts";
import type { Connected, Discovered } from "./admin-responses.ts";
import { readConfigYaml } from "./config-yaml.ts";
import { formConnection } from "./form.ts";

/** What the dialogs' buttons may cost: time in ms. */
const limits: ProbeLimits = { patience: 8_000, time: 4_000, messages: 20_000, bytes: 16_000_000 };

/** The routes behind the buttons of the broker's and the printer's dialog. */
export function registerAdmin(RED: NodeAPI): void {
  const route = adminRoutes(RED, "octoprint-broker");
  route("test", async (body, signal) => {
    const form = formConnection(RED, body);
    return form.ok ? test(form.settings, signal) : form;
  });
  route("find", async (body, signal) => {
    const form = formConnection(RED, body);
    return form.ok ? find(form.settings, signal) : form;
  });
  route("config-yaml", async (body) => {
    const text = isRecord(body) && typeof body.text === "string" ? body.text : "";
    return readConfigYaml(text);
  });
}

async function test(settings: ConnectionSettings, signal: AbortSignal): Promise<Answer<Connected>> {
  const probed = await probe(settings, limits, signal);
  const { server } = settings;
  return probed.ok ? { ok: true, server: addressOf(server), tls: server.tls } : probed;
}

async function find(settings: ConnectionSettings, signal: AbortSignal): Promise<Answer<Discovered>> {
  const discovery = new Discovery();
  const probed = await probe(settings, limits, signal, {
    filters: discoveryFilters,
    deliver: ({ topic, payload, retain }) => discovery.hear({ topic, payload, retain, at: Date.now() }),
  });
  if (!probed.ok) return probed;
  const { messages, cutShort } = probed;
  return {
    ok: true,
    candidates: discovery.candidates(),
    messages,
    incomplete: cutShort !== undefined || discovery.full,
  };
}
