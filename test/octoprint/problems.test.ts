import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { problems as brokerProblems } from "../../nodes/mqtt/problem.ts";
import { networkProblems } from "../../nodes/network/network-problem.ts";
import { type Problem, type ProblemCode, problems } from "../../nodes/octoprint/problem.ts";
import {
  type SchemeSettings,
  schemeDefaults,
  schemeProblems,
  schemeWarnings,
} from "../../nodes/octoprint/topics/scheme.ts";
import { problems as serverProblems } from "../../nodes/server/problem.ts";
import { read, schemeWith, write } from "./tracking/make.ts";

type Result = { readonly ok: boolean; readonly problem?: Problem };

const setting = (settings: Partial<SchemeSettings>) => ({
  problem: schemeProblems({ ...schemeDefaults, ...settings })[0],
});
const warning = (settings: Partial<SchemeSettings>) => ({
  problem: schemeWarnings({ ...schemeDefaults, ...settings })[0],
});
const named = (name: string) => schemeWith().fill({ kind: "event", name, printer: undefined });
const deep = `{"a": ${"[".repeat(64)}${"]".repeat(64)}}`;

/** How one comes by each problem of topics, settings and payloads; others are of the nodes. */
const examples: { readonly [code in ProblemCode]?: () => Result | { problem: Problem | undefined } } = {
  "topic-wildcard": () => setting({ baseTopic: "#" }),
  "placeholder-missing": () => setting({ eventTopic: "event" }),
  "placeholder-unknown": () => setting({ eventTopic: "event/{name}" }),
  "placeholder-twice": () => setting({ eventTopic: "{event}/{event}" }),
  "printer-not-separated": () => setting({ baseTopic: "{printer}", eventTopic: "{event}" }),
  "base-topic-unfinished": () => schemeWith({ baseTopic: "a" }).filters({ kind: "other" }),
  "base-topic-without-slash": () => warning({ baseTopic: "a" }),
  "templates-overlap": () => warning({ eventTopic: "temperature/{event}" }),
  "slash-names-not-received": () => warning({ eventTopic: "e-{event}" }),
  "name-empty": () => named(""),
  "name-forbidden": () => named("+"),
  "name-not-unicode": () => named("\ud800"),
  "topic-too-long": () => named("x".repeat(65_535)),
  "no-such-topic": () => schemeWith({ lwTopic: "" }).filters({ kind: "connection" }),
  "not-utf8": () => read("octoprint/mqtt", Buffer.from([0xff])),
  "not-json": () => read("octoprint/event/X", "{"),
  "too-deep": () => read("octoprint/event/X", deep),
  "not-an-object": () => read("octoprint/event/X", "1"),
  schema: () => read("octoprint/temperature/bed", "{}"),
  "not-a-status": () => read("octoprint/mqtt", "online"),
  "event-payload": () => write({ kind: "event", payload: 1 }),
  "progress-name": () => write({ kind: "progress", name: "42", payload: 1 }),
  "progress-range": () => write({ kind: "progress", name: "printing", payload: 101 }),
  "progress-payload": () => write({ kind: "progress", name: "printing", payload: "42" }),
  "temperature-payload": () => write({ kind: "temperature", payload: "42" }),
  "metadata-payload": () => write({ kind: "metadata", payload: 1n }),
  "connection-payload": () => write({ kind: "connection", payload: "online" }),
  "payload-missing": () => write({ kind: "other", payload: undefined }),
  "payload-not-json": () => write({ kind: "other", payload: [1n] }),
  "payload-without-json": () => write({ kind: "other", payload: 1n }),
};

describe("a problem names what its text needs", () => {
  for (const [code, example] of Object.entries(examples)) {
    it(code, () => {
      const { problem } = { problem: undefined, ...example() };
      assert.ok(problem);
      const { code: found, ...parameters } = problem;
      assert.equal(found, code);
      assert.deepEqual(Object.keys(parameters).sort(), [...problems[problem.code]].sort());
    });
  }
});

describe("a problem has one text", () => {
  const file = "../../nodes/octoprint-broker/locales/en-US/octoprint-broker.json";
  const catalog: { problem: { [code: string]: string } } = JSON.parse(readFileSync(join(__dirname, file), "utf8"));
  const tables = [problems, brokerProblems, serverProblems].map((table) => new Set(Object.keys(table)));
  const all: { readonly [code: string]: readonly string[] } = { ...problems, ...brokerProblems, ...serverProblems };

  it("and stands in one table: messages, broker or OctoPrint; what the last two share comes from the network", () => {
    const shared = Object.keys(all).filter((code) => tables.filter((table) => table.has(code)).length > 1);
    assert.deepEqual(shared, Object.keys(networkProblems));
  });

  for (const [code, placeholders] of Object.entries(all)) {
    it(`${code} says ${placeholders.join(", ") || "what is wrong"}`, () => {
      const text = catalog.problem[code];
      assert.ok(text !== undefined && text !== "", `problem.${code} is missing in ${file}`);
      const used = new Set(Array.from(text.matchAll(/__(\w+?)__/g), ([, placeholder]) => placeholder));
      assert.deepEqual([...used].sort(), [...placeholders].sort());
    });
  }
});
