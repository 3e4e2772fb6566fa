import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { StatusLine } from "../../nodes/node-red/status-line.ts";

const tool0 = { kind: "temperature", name: "tool0", printer: undefined } as const;
const refusal = { code: "subscription-refused", filter: "farm/#" };

test("a refusal stays red until the next connection, whatever waited to be shown", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const shown: unknown[] = [];
  const line = new StatusLine(
    (status) => shown.push(typeof status === "string" ? status : `${status.fill} ${status.text}`),
    (problem) => problem.code,
  );
  line.connection({ phase: "connected" });
  line.message(tool0, 210);
  line.message(tool0, 211);
  line.refused(refusal);
  t.mock.timers.tick(1_000);
  line.message(tool0, 212);
  line.last(() => "something else");
  line.hint("a hint");
  line.connection({ phase: "connected" });
  t.mock.timers.tick(1_000);
  line.connection({ phase: "disconnected" });
  line.connection({ phase: "connected" });
  line.message(tool0, 213);
  deepEqual(shown, [
    "green node-red:common.status.connected",
    "green tool0 210 °C",
    "red subscription-refused",
    "red node-red:common.status.disconnected",
    "green node-red:common.status.connected",
    "green tool0 213 °C",
  ]);
});
