import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Throttle } from "../../nodes/octoprint-in/throttle.ts";

test("of those that wait, the newest is sent, each key by itself", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const sent: string[] = [];
  const throttle = new Throttle(1);
  for (const text of ["a1", "b1", "a2", "a3"]) throttle.run(text.charAt(0), () => sent.push(text));
  deepEqual(sent, ["a1", "b1"]);
  t.mock.timers.tick(1_000);
  deepEqual(sent, ["a1", "b1", "a3"]);
});

test("names that somebody invents take no more than so much memory, and nothing is lost for it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const sent: string[] = [];
  const throttle = new Throttle(0.001);
  const run = (key: string, text: string): void => throttle.run(key, () => sent.push(text));
  run("mk3", "first");
  run("mk3", "second");
  for (let index = 0; index < 9_999; index++) run(`printer${index}`, "x");
  equal(sent.includes("second"), false);
  run("one too many", "x");
  equal(sent.at(-1), "second");
  // It waits no longer, and so it is as new as any other.
  run("mk3", "third");
  equal(sent.at(-1), "third");
});
