import { asRepeatable } from "./answers.ts";
import { fieldsOf, textOf } from "./json.ts";
import type { Refusal } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import { failure } from "./problem.ts";

/**
 * Turns the key into a login session, for the push socket's `auth`. Not for anything else: sessions go stale, OctoPrint
 * tells its users of each login, and some versions lock out an address after three refused ones.
 */
export async function login(api: OctoPrintApi): Promise<{ readonly ok: true; readonly auth: string } | Refusal> {
  const answer = await api.post("api/login", { passive: true });
  if (!answer.ok) {
    return answer.status === 429 ? { ...answer, ...failure("too-many-logins") } : asRepeatable(answer, api.server);
  }
  const fields = fieldsOf(answer.body);
  const [name = "", session = ""] = [textOf(fields.name), textOf(fields.session)];
  // OctoPrint takes exactly one colon, and says nothing to anything else.
  if (name === "" || session === "" || name.includes(":")) return failure("session-refused");
  return { ok: true, auth: `${name}:${session}` };
}
