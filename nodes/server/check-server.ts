import { readUser } from "./current-user.ts";
import { fieldsOf, textOf } from "./json.ts";
import type { Answer, User } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import { failure } from "./problem.ts";
import { may, statusForbidden } from "./user.ts";

/** What there is to know of an OctoPrint before anything is done with it. */
export interface CheckedServer {
  /** `1.11.8`, `2.0.0rc7`, … */
  readonly version: string;
  readonly user: User;
  /** The permissions that were asked for and that the user lacks. */
  readonly missing: readonly string[];
  /** Why OctoPrint runs in safe mode, without third-party plugins; `null`: it does not, or is older than 1.5. */
  readonly safeMode: string | null;
}

/**
 * Whether it is OctoPrint that answers, whether it takes the key, and what that key may not do. Changes nothing.
 *
 * @param wanted names of permissions: `["STATUS", "PRINT"]`
 */
export async function checkServer(api: OctoPrintApi, wanted: readonly string[]): Promise<Answer<CheckedServer>> {
  const answer = await readUser(api);
  if (!answer.ok) return answer;
  const user = answer.body;
  if (!may(user, "STATUS")) return statusForbidden(user);
  const found = await api.get("api/version");
  if (!found.ok) return found;
  const { server, text } = fieldsOf(found.body);
  // Moonraker, PrusaLink and Repetier answer here, too, in their own name.
  if (typeof server !== "string" || !`${text}`.startsWith("OctoPrint")) {
    return { ...failure("not-octoprint", { server: api.server }), status: found.status };
  }
  const missing = wanted.filter((permission) => !may(user, permission));
  return { ...found, body: { version: server, user, missing, safeMode: await readSafeMode(api) } };
}

async function readSafeMode(api: OctoPrintApi): Promise<string | null> {
  const answer = await api.get("api/server");
  const { safemode } = fieldsOf(answer.ok ? answer.body : undefined);
  return textOf(safemode) ?? null;
}
