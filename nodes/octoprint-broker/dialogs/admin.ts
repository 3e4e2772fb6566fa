import type { NodeAPI } from "node-red";
import type { ConnectionSettings } from "../../mqtt/client-options.ts";
import { type ProbeLimits, probe } from "../../mqtt/probe.ts";
import { failure } from "../../mqtt/problem.ts";
import { addressOf } from "../../mqtt/server.ts";
import { bugText, problemText } from "../../node-red/report.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { Discovery, discoveryFilters } from "../../octoprint/setup/discovery.ts";
import type { Connected, Discovered, Refusal } from "./admin-responses.ts";
import { readConfigYaml } from "./config-yaml.ts";
import { formConnection } from "./form.ts";

/** What the dialogs' buttons may cost: time in ms. */
const limits: ProbeLimits = { patience: 8_000, time: 4_000, messages: 20_000, bytes: 16_000_000 };
const mostAtOnce = 4;

type Answer<T> = T | Pick<Refusal, "ok" | "problem">;
type Work = (body: unknown, signal: AbortSignal) => Promise<Answer<object & { readonly ok: true }>>;

/**
 * The routes behind the dialogs' buttons. They take what the form holds, for the node may not be deployed yet, and
 * connect to whatever host it names: whoever may not edit nodes may not use them.
 */
export function registerAdmin(RED: NodeAPI): void {
  let running = 0;
  const route = (name: string, work: Work): void => {
    RED.httpAdmin.post(`/octoprint-broker/${name}`, RED.auth.needsPermission("octoprint-broker.write"), (req, res) => {
      const refuse = (status: number, problem: Refusal["problem"]): void => {
        res.status(status).json({ ok: false, problem, text: problemText(RED, problem) } satisfies Refusal);
      };
      // Another website's form can send anything but JSON to a Node-RED without a login.
      if (!req.is("json")) return void res.status(415).end();
      if (running >= mostAtOnce) return refuse(429, failure("busy").problem);
      running++;
      const left = new AbortController();
      res.on("close", () => left.abort());
      res.set("Cache-Control", "no-store");
      work(req.body, left.signal)
        .then((answer) => (answer.ok ? void res.json(answer) : refuse(200, answer.problem)))
        .catch((error: unknown) => {
          RED.log.error(bugText(error));
          res.status(500).end();
        })
        .finally(() => running--);
    });
  };
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
