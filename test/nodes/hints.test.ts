import { deepEqual } from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Subscriber } from "../../nodes/mqtt/message.ts";
import type { MessageSource } from "../../nodes/node-red/message-source.ts";
import { type Hint, Hints } from "../../nodes/octoprint-printer/hints.ts";
import { schemeWith } from "../octoprint/tracking/make.ts";

/** A connection that says what the test says, in a time of its own. */
function listen(t: TestContext, baseTopic: string, lwTopic = "mqtt") {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const hints: (Hint | undefined)[] = [];
  let status: Subscriber | undefined;
  let filters: readonly string[] = [];
  const source: MessageSource = {
    hasBroker: true,
    waiting: 0,
    watch: () => () => undefined,
    watchLink: (watcher) => {
      watcher("connected");
      return () => undefined;
    },
    subscribe: (wanted, subscriber) => {
      filters = wanted;
      status = subscriber;
      return () => undefined;
    },
    onceFlowing: () => () => undefined,
    publish: () => undefined,
    withdraw: () => undefined,
  };
  const silence = new Hints(schemeWith({ baseTopic, lwTopic }));
  const stop = silence.watch(source, (hint) => hints.push(hint));
  const delivery = (topic: string) => ({ topic, payload: Buffer.from("connected"), qos: 0, retain: true }) as const;
  return {
    hints,
    filters,
    stop,
    pass: (ms: number) => t.mock.timers.tick(ms),
    hear: () => silence.received(),
    status: (topic: string) => status?.deliver(delivery(topic)),
  };
}

describe("a printer of which nothing is heard", () => {
  test("after 10 s, until something comes after all", (t) => {
    const { hints, filters, pass, hear } = listen(t, "mk3/");
    deepEqual(filters, ["mk3/mqtt"]);
    pass(9_999);
    deepEqual(hints, []);
    pass(1);
    deepEqual(hints, [{ code: "nothingHeard", baseTopic: "mk3/" }]);
    hear();
    deepEqual(hints.slice(1), [undefined]);
  });

  test("one that is idle has its status with the broker", (t) => {
    const { hints, pass, status } = listen(t, "mk3/");
    status("mk3/mqtt");
    pass(60_000);
    deepEqual(hints, []);
  });

  test("where the status topic is left empty it may just not have said anything yet", (t) => {
    const { hints, pass } = listen(t, "mk3/", "");
    pass(10_000);
    deepEqual(hints, [{ code: "nothingYet" }]);
  });

  test("the other default base topic says more", (t) => {
    const { hints, pass, status } = listen(t, "octoprint/");
    status("octoPrint/mqtt");
    pass(10_000);
    deepEqual(hints, [{ code: "baseTopicHint", baseTopic: "octoprint/", other: "octoPrint/" }]);
  });

  test("a node that has gone is told nothing", (t) => {
    const { hints, pass, stop } = listen(t, "mk3/");
    stop();
    pass(10_000);
    deepEqual(hints, []);
  });
});
