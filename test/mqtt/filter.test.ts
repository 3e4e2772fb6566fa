import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { covers, disjoint, isFilter, isTopic, union } from "../../nodes/mqtt/filter.ts";
import { filter, matches, overlap, topic } from "./arbitraries.ts";

const names: readonly [string, { readonly topic: boolean; readonly filter: boolean }][] = [
  ["octoprint/event/PrintDone", { topic: true, filter: true }],
  ["/", { topic: true, filter: true }],
  ["a//b", { topic: true, filter: true }],
  [" ", { topic: true, filter: true }],
  ["Drucker Nr. 1/Düse", { topic: true, filter: true }],
  ["$SYS/broker", { topic: true, filter: true }],
  ["", { topic: false, filter: false }],
  ["a\0b", { topic: false, filter: false }],
  ["lone \ud800 surrogate", { topic: false, filter: false }],
  ["x".repeat(65_535), { topic: true, filter: true }],
  ["x".repeat(65_536), { topic: false, filter: false }],
  ["ü".repeat(32_768), { topic: false, filter: false }],
  ["#", { topic: false, filter: true }],
  ["+", { topic: false, filter: true }],
  ["+/+/#", { topic: false, filter: true }],
  ["/#", { topic: false, filter: true }],
  ["a/+/b", { topic: false, filter: true }],
  ["a#", { topic: false, filter: false }],
  ["a/#/b", { topic: false, filter: false }],
  ["#/a", { topic: false, filter: false }],
  ["a+", { topic: false, filter: false }],
  ["a/+b", { topic: false, filter: false }],
  ["a/++", { topic: false, filter: false }],
];
for (const [text, expected] of names) {
  test(`${JSON.stringify(text.slice(0, 30))} (${text.length}) may be a topic: ${expected.topic}, a filter: ${expected.filter}`, () => {
    assert.deepEqual({ topic: isTopic(text), filter: isFilter(text) }, expected);
  });
}

const unions: readonly [string, string, string][] = [
  ["farm/+/event/#", "farm/mk3/#", "farm/+/#"],
  ["a/+/b/#", "a/c/#", "a/+/#"],
  ["a", "a", "a"],
  ["a/b", "a/c", "a/+"],
  ["a/#", "a", "a/#"],
  ["a/b", "a/+", "a/+"],
  ["a/+/c", "+/b/c", "+/+/c"],
  ["a/b", "a/b/c", "a/b/#"],
  ["#", "a/b", "#"],
  ["a//b", "a/x/b", "a/+/b"],
];
for (const [one, other, both] of unions) {
  test(`the union of ${one} and ${other} is ${both}`, () => {
    assert.equal(union(one, other), both);
    assert.equal(union(other, one), both);
  });
}

test("law: the union of two overlapping filters is a filter that matches what either does", () => {
  fc.assert(
    fc.property(filter, filter, topic, (one, other, name) => {
      fc.pre(overlap(one, other));
      const both = union(one, other);
      assert.ok(isFilter(both), both);
      if (matches(one, name) || matches(other, name)) assert.ok(matches(both, name), both);
    }),
    { numRuns: 2000 },
  );
});

test("law: a filter covers another only if it matches all that the other does", () => {
  fc.assert(
    fc.property(filter, filter, topic, (outer, inner, name) => {
      if (covers(outer, inner) && matches(inner, name)) assert.ok(matches(outer, name));
    }),
    { numRuns: 5000 },
  );
  assert.ok(covers("farm/+/#", "farm/mk3/event/#"));
  assert.ok(!covers("farm/mk3/#", "farm/+/#"));
  assert.ok(!covers("+/a", "$SYS/a"), "a wildcard in the first level receives no $SYS");
});

const disjoints: readonly [string[], string[]][] = [
  [[], []],
  [["a"], ["a"]],
  [
    ["a", "b"],
    ["a", "b"],
  ],
  [["a", "a"], ["a"]],
  [
    ["farm/+/event/#", "farm/mk3/#", "x"],
    ["farm/+/#", "x"],
  ],
  [["a/b", "a/+", "a/#"], ["a/#"]],
  [
    ["$SYS/#", "+/a"],
    ["$SYS/#", "+/a"],
  ],
  [["$SYS/#", "$SYS/broker"], ["$SYS/#"]],
  // The union of the first two meets the third, which neither of them did.
  [["a/+/x", "a/b/+", "a/c/d"], ["a/+/+"]],
];
for (const [filters, expected] of disjoints) {
  test(`without overlaps: ${filters.join(", ")} -> ${expected.join(", ")}`, () => {
    assert.deepEqual(disjoint(filters).sort(), expected);
  });
}

test("law: disjoint filters do not overlap and match all that the given ones do", () => {
  fc.assert(
    fc.property(fc.array(filter, { maxLength: 8 }), topic, (filters, name) => {
      const result = disjoint(filters);
      for (const [index, one] of result.entries()) {
        for (const other of result.slice(index + 1)) assert.ok(!overlap(one, other), `${one} and ${other}`);
      }
      if (filters.some((each) => matches(each, name))) assert.ok(result.some((each) => matches(each, name)));
    }),
    { numRuns: 3000 },
  );
});

test("law: what is disjoint does not depend on the order", () => {
  const shuffled = fc
    .array(filter, { maxLength: 8 })
    .chain((filters) =>
      fc.tuple(
        fc.constant(filters),
        fc.shuffledSubarray(filters, { minLength: filters.length, maxLength: filters.length }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([filters, others]) => {
      assert.deepEqual(disjoint(filters).sort(), disjoint(others).sort());
    }),
    { numRuns: 3000 },
  );
});
