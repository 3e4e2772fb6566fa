import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FilterTree } from "../../nodes/mqtt/filter-tree.ts";
import { filter, matches, overlap, topic } from "./arbitraries.ts";

function treeOf(filters: Iterable<string>): FilterTree<string> {
  const tree = new FilterTree<string>();
  for (const each of filters) tree.set(each, each);
  return tree;
}

function matched(tree: FilterTree<string>, name: string): string[] {
  const found: string[] = [];
  tree.match(name, (value) => found.push(value));
  return found.sort();
}

const all = ["#", "+", "a", "a/#", "a/+", "a/b", "a//b", "+/b", "/#", "/+", "/", "$SYS/#", "$SYS/+/x", "+/+", "+/#"];
const table: readonly [string, string[]][] = [
  ["a", ["#", "+", "+/#", "a", "a/#"]],
  ["a/b", ["#", "+/#", "+/+", "+/b", "a/#", "a/+", "a/b"]],
  ["a/", ["#", "+/#", "+/+", "a/#", "a/+"]],
  ["/", ["#", "+/#", "+/+", "/", "/#", "/+"]],
  ["a//b", ["#", "+/#", "a/#", "a//b"]],
  ["$SYS", ["$SYS/#"]],
  ["$SYS/b", ["$SYS/#"]],
  ["$SYS/y/x", ["$SYS/#", "$SYS/+/x"]],
  ["b", ["#", "+", "+/#"]],
];
for (const [name, filters] of table) {
  test(`${name} is matched by ${filters.join(" ")}`, () => {
    assert.deepEqual(matched(treeOf(all), name), [...filters].sort());
  });
}

test("a filter's value is replaced, found and deleted", () => {
  const tree = new FilterTree<number>();
  tree.set("a/+", 1);
  tree.set("a/+", 2);
  tree.set("a/+/b", 3);
  assert.equal(tree.get("a/+"), 2);
  assert.equal(tree.get("a"), undefined);
  assert.equal(tree.get("a/x"), undefined);
  tree.delete("a");
  tree.delete("x/y");
  assert.deepEqual(tree.values(), [2, 3]);
  tree.delete("a/+");
  assert.deepEqual(tree.values(), [3]);
  tree.delete("a/+/b");
  assert.deepEqual(tree.values(), []);
});

test("law: the tree matches what a comparison level by level does", () => {
  fc.assert(
    fc.property(fc.uniqueArray(filter, { maxLength: 12 }), topic, (filters, name) => {
      assert.deepEqual(matched(treeOf(filters), name), filters.filter((each) => matches(each, name)).sort());
    }),
    { numRuns: 3000 },
  );
});

test("law: the tree finds the filters that overlap another", () => {
  fc.assert(
    fc.property(fc.uniqueArray(filter, { maxLength: 12 }), filter, (filters, one) => {
      assert.deepEqual(treeOf(filters).overlapping(one).sort(), filters.filter((each) => overlap(each, one)).sort());
    }),
    { numRuns: 3000 },
  );
});

test("law: two filters overlap where some topic is matched by both", () => {
  fc.assert(
    fc.property(filter, filter, topic, (one, other, name) => {
      if (matches(one, name) && matches(other, name)) assert.equal(treeOf([one]).overlapping(other).length, 1);
    }),
    { numRuns: 5000 },
  );
});

test("law: after a deletion the tree is as if the filter had never been there", () => {
  fc.assert(
    fc.property(fc.uniqueArray(filter, { minLength: 1, maxLength: 8 }), topic, (filters, name) => {
      const [gone = "", ...rest] = filters;
      const tree = treeOf(filters);
      tree.delete(gone);
      assert.deepEqual(tree.values().sort(), [...rest].sort());
      assert.deepEqual(matched(tree, name), matched(treeOf(rest), name));
    }),
  );
});
