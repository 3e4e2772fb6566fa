import { isShareName } from "../mqtt/filter.ts";
import type { Problem as ConnectionProblem } from "../mqtt/problem.ts";
import type { Problem as MessageProblem } from "../octoprint/problem.ts";
import { type InSettings, isFollowed } from "./settings.ts";

/** What is wrong with the group among whose members the broker is to share the messages out; `""` is none. */
export function groupProblem({
  kind,
  group,
}: Pick<InSettings, "kind" | "group">): ConnectionProblem | MessageProblem | undefined {
  if (group === "") return undefined;
  // No member would have all that a job or a state is concluded from.
  if (isFollowed(kind)) return { code: "kind-not-shared" };
  return isShareName(group) ? undefined : { code: "group-invalid", group };
}
