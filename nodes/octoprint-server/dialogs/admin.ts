import { hostname } from "node:os";
import type { NodeAPI } from "node-red";
import { type Answer, adminRoutes } from "../../node-red/admin-routes.ts";
import { isRecord } from "../../octoprint/messages/json.ts";
import { requestKey, waitForKey } from "../../server/application-keys.ts";
import { checkServer } from "../../server/check-server.ts";
import { readUser } from "../../server/current-user.ts";
import type { ServerSettings } from "../../server/message.ts";
import { OctoPrintApi } from "../../server/octoprint-api.ts";
import { type KeyGranted, type KeyRequested, keyPatience, type Tested, wantedPermissions } from "./admin-responses.ts";
import { formServer, formServerWithoutKey } from "./form.ts";

/** The routes behind the buttons of the server's dialog. */
export function registerAdmin(RED: NodeAPI): void {
  const route = adminRoutes(RED, "octoprint-server");
  // It takes as long as somebody at OctoPrint does, and is not to stand in the others' way.
  const patientRoute = adminRoutes(RED, "octoprint-server");
  route("test", async (body) => {
    const form = formServer(RED, body);
    return form.ok ? test(form.settings) : form;
  });
  route("ask-key", async (body) => {
    const form = formServerWithoutKey(RED, body);
    return form.ok ? askForKey(form.settings) : form;
  });
  patientRoute("await-key", async (body, signal) => {
    const form = formServerWithoutKey(RED, body);
    const appToken = isRecord(body) && typeof body.appToken === "string" ? body.appToken : "";
    return form.ok ? awaitKey(form.settings, appToken, signal) : form;
  });
}

async function test(settings: ServerSettings): Promise<Answer<Tested>> {
  const checked = await checkServer(new OctoPrintApi(settings), wantedPermissions);
  if (!checked.ok) return { ok: false, problem: checked.problem };
  const { version, user, missing, safeMode } = checked.body;
  return { ok: true, version, user: user.name, missing, safeMode: safeMode !== null };
}

/** The same user gets the same key again for the same name, so that each Node-RED has one of its own to be revoked. */
async function askForKey(settings: ServerSettings): Promise<Answer<KeyRequested>> {
  const asked = await requestKey(settings, `Node-RED on ${hostname()}`, "");
  if (!asked.ok) return { ok: false, problem: asked.problem };
  return { ok: true, appToken: asked.body.appToken, page: asked.body.page ?? "" };
}

async function awaitKey(settings: ServerSettings, appToken: string, signal: AbortSignal): Promise<Answer<KeyGranted>> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(keyPatience * 1000)]);
  const granted = await waitForKey(settings, { appToken, page: undefined }, patience);
  if (!granted.ok) {
    const { problem } = granted;
    return { ok: false, problem: problem.code === "aborted" ? { code: "key-not-granted" } : problem };
  }
  const { apiKey } = granted.body;
  const user = await readUser(new OctoPrintApi({ ...settings, apiKey }));
  return { ok: true, apiKey, user: user.ok ? user.body.name : null };
}
