import type { Answer, Refusal, Success, User } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import { failure } from "./problem.ts";
import { decodeUser } from "./user.ts";

/**
 * Asks OctoPrint whom it takes us for. It is the one check of a key that works in all versions, and no login: OctoPrint
 * counts those.
 */
export async function readUser(api: OctoPrintApi): Promise<Success<User> | Refusal> {
  const answer: Answer = await api.get("api/currentuser");
  if (!answer.ok) return answer.status === 404 ? beforeUsers(api) : answer;
  const user = decodeUser(answer.body);
  if (user === undefined) return { ...failure("not-octoprint", { server: api.server }), status: answer.status };
  if (user.name === null && api.settings.apiKey !== "") return { ...failure("key-refused"), status: answer.status };
  return { ...answer, body: user };
}

/** OctoPrint before 1.4 has no such path; there, every key has all permissions. */
async function beforeUsers(api: OctoPrintApi): Promise<Success<User> | Refusal> {
  const answer = await api.get("api/version");
  return answer.ok ? { ...answer, body: { name: null, permissions: null } } : answer;
}
