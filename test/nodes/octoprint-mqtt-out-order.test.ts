import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "node:test";
import { addSlowStore } from "../support/slow-store.ts";
import { ended, endOf, until } from "./completion.ts";
import { brokerNode, inNode, printerNode, startOut, tab } from "./flow.ts";

describe("the order is that of the msgs, however long their names take", () => {
  test("from a slow context store that answers in the wrong order", async (t) => {
    const settings = { kind: "event", target: "#:(slow)::name", targetType: "flow" };
    const { runtime, published } = await startOut(t, settings);
    const store = await addSlowStore(t);
    const msgs = [0, 1, 2].map((n) => runtime.inject("out", { n, payload: { n } }));
    await until(() => store.waiting === 3);
    store.answer("Third", 2);
    store.answer("Second", 1);
    store.answer("First");
    for (const msg of msgs) equal(await ended(runtime, msg), "published");
    deepEqual(
      (await published.take(3)).map(({ topic }) => topic.replace("octoprint/event/", "")),
      ["First", "Second", "Third"],
    );
  });

  test("a store that fails is an error of that msg alone", async (t) => {
    const settings = { kind: "event", target: "#:(slow)::name", targetType: "global" };
    const { runtime, published } = await startOut(t, settings);
    const store = await addSlowStore(t);
    const [failing, good] = [runtime.inject("out", {}), runtime.inject("out", {})];
    await until(() => store.waiting === 2);
    store.answer("Good", 1);
    store.answer(undefined);
    equal(await ended(runtime, failing), "name-failed");
    equal(await ended(runtime, good), "published");
    equal((await published.next()).topic, "octoprint/event/Good");
  });

  test("a store that never answers is an error after 2 s, and what came behind it goes on", async (t) => {
    const settings = { kind: "event", target: "#:(slow)::name", targetType: "flow" };
    const { runtime, published } = await startOut(t, settings);
    const store = await addSlowStore(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const [silent, good] = [runtime.inject("out", {}), runtime.inject("out", {})];
    await until(() => store.waiting === 2);
    store.answer("Good", 1);
    t.mock.timers.tick(1_999);
    equal(endOf(runtime, silent), undefined);
    t.mock.timers.tick(1);
    equal(await ended(runtime, silent), "name-late");
    await runtime.status("out", "context store does not answer");
    equal(await ended(runtime, good), "published");
    store.answer("TooLate");
    equal((await published.next()).topic, "octoprint/event/Good");
  });

  test("from JSONata, of which each msg takes another time", async (t) => {
    const target = "( $f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f(work); name )";
    const { runtime, published } = await startOut(t, { kind: "event", target, targetType: "jsonata" });
    const msgs = [300, 0, 100, 0].map((work, n) => runtime.inject("out", { work, name: `E${n}` }));
    for (const msg of msgs) equal(await ended(runtime, msg), "published");
    deepEqual(
      (await published.take(4)).map(({ topic }) => topic.replace("octoprint/event/", "")),
      ["E0", "E1", "E2", "E3"],
    );
  });

  test("what waits for its name when the node goes is done all the same, exactly once", async (t) => {
    const settings = { kind: "event", target: "#:(slow)::name", targetType: "flow" };
    const { runtime, broker, published, subscribed } = await startOut(t, settings);
    const store = await addSlowStore(t);
    const msg = runtime.inject("out", {});
    await until(() => store.waiting === 1);
    const keeper = inNode("in");
    await runtime.deploy([tab, brokerNode(broker.url), printerNode(), ...keeper], "nodes");
    store.answer("TooLate");
    equal(await ended(runtime, msg), "node-removed");
    await subscribed.next();
    // Removed is removed: what comes next is the first that is published.
    await broker.publish("octoprint/event/Later", "{}");
    equal((await runtime.sink("to-in").next()).topic, "octoprint/event/Later");
    equal(published.items.length, 0);
  });
});
