import assert from "node:assert/strict";
import { test } from "node:test";
import type { Publication } from "../../nodes/mqtt/message.ts";
import type { Problem } from "../../nodes/mqtt/problem.ts";
import { Suspects } from "../../nodes/mqtt/suspect.ts";

const cause: Problem = { code: "no-reason" };

function message(topic: string, options: Partial<Publication> = {}): Publication {
  return { topic, payload: "x", qos: 1, retain: false, queue: true, done: () => undefined, ...options };
}

const bad = message("bad");

/** What happens, a step each: the connection is lost, the broker is reached again, it acknowledges a message, time goes by. */
type Step =
  | { readonly lost: readonly Publication[]; readonly after?: number; readonly atOnce?: boolean }
  | { readonly acknowledged: Publication }
  | { readonly pause: number };

const lost: Step = { lost: [bad] };
const lostWithAnother: Step = { lost: [message("another")] };

function times(count: number, ...steps: readonly Step[]): Step[] {
  return Array.from({ length: count }, () => steps).flat();
}

const rows: {
  readonly what: string;
  readonly steps: readonly Step[];
  readonly held: boolean;
  readonly guilty: boolean;
}[] = [
  { what: "one loss proves nothing", steps: [lost], held: false, guilty: false },
  { what: "two losses make it suspect", steps: [lost, lost], held: true, guilty: false },
  { what: "three more may be the network's fault", steps: times(5, lost), held: true, guilty: false },
  { what: "a fourth one proves it", steps: times(6, lost), held: true, guilty: true },
  {
    what: "where the network has cut three others, three more are needed",
    steps: [...times(3, lostWithAnother), ...times(8, lost)],
    held: true,
    guilty: false,
  },
  {
    what: "and prove it then",
    steps: [...times(3, lostWithAnother), ...times(9, lost)],
    held: true,
    guilty: true,
  },
  {
    what: "what was acquitted has shown that the network is bad",
    steps: [...times(3, lost, { acknowledged: bad }), ...times(8, lost)],
    held: true,
    guilty: false,
  },
  {
    what: "on the worst network, fourteen losses in a row prove it",
    steps: [...times(50, lostWithAnother), ...times(14, lost)],
    held: true,
    guilty: true,
  },
  {
    what: "on the worst network, thirteen prove nothing",
    steps: [...times(50, lostWithAnother), ...times(13, lost)],
    held: true,
    guilty: false,
  },
  {
    what: "a network that was bad ten minutes ago is good now",
    steps: [...times(3, lostWithAnother), { pause: 600_000 }, ...times(6, lost)],
    held: true,
    guilty: true,
  },
  {
    what: "a loss long after it was written clears it",
    steps: [lost, { lost: [bad], after: 2100 }, lost],
    held: false,
    guilty: false,
  },
  {
    what: "a broker that could not be reached clears it",
    steps: [lost, { lost: [bad], atOnce: false }, lost],
    held: false,
    guilty: false,
  },
  {
    what: "an acknowledged message of its topic clears it",
    steps: [lost, lost, lost, { acknowledged: message("bad", { qos: 0 }) }, lost],
    held: false,
    guilty: false,
  },
  {
    what: "an acknowledged message of another topic does not",
    steps: [lost, { acknowledged: message("good") }, lost],
    held: true,
    guilty: false,
  },
  {
    what: "losses without it neither count nor clear it",
    steps: [lost, { lost: [message("other")] }, { lost: [] }, lost],
    held: true,
    guilty: false,
  },
  {
    what: "another message of its kind is the same",
    steps: [lost, { lost: [message("bad", { payload: "y" })] }],
    held: true,
    guilty: false,
  },
  {
    what: "one with another retain flag is another kind",
    steps: [lost, { lost: [message("bad", { retain: true })] }],
    held: false,
    guilty: false,
  },
  {
    what: "what is long may take long",
    steps: [1, 2].map(() => ({ lost: [message("bad", { payload: "x".repeat(1_000_000) })], after: 8000 })),
    held: true,
    guilty: false,
  },
];

function play(suspects: Suspects, steps: readonly Step[]): void {
  let now = 0;
  for (const step of steps) {
    if ("acknowledged" in step) {
      suspects.acknowledged(step.acknowledged);
      continue;
    }
    if ("pause" in step) {
      now += step.pause;
      continue;
    }
    const written = step.lost.map((publication) => ({ publication, at: now }));
    now += step.after ?? 10;
    suspects.lost(written, now, cause);
    suspects.reached(step.atOnce ?? true);
  }
}

for (const { what, steps, held, guilty } of rows) {
  test(what, () => {
    const suspects = new Suspects();
    play(suspects, steps);
    assert.deepEqual([suspects.isHeld("bad"), suspects.causeOfGuilt(bad) !== undefined], [held, guilty]);
  });
}

const minute = 60_000;

const bans: { readonly what: string; readonly size: number; readonly at: number; readonly banned: boolean }[] = [
  { what: "the same again", size: 100, at: 1, banned: true },
  { what: "a longer one", size: 101, at: 1, banned: true },
  { what: "a shorter one", size: 99, at: 1, banned: false },
  { what: "the same a minute later", size: 100, at: minute, banned: false },
];

for (const { what, size, at, banned } of bans) {
  test(`after the refusal, ${what} is ${banned ? "refused without a trial" : "tried alone"}`, () => {
    const suspects = new Suspects();
    const guilty = message("bad", { payload: "x".repeat(100) });
    play(suspects, times(6, { lost: [guilty] }));
    suspects.ban([guilty], 0);
    assert.equal(suspects.isHeld("bad"), false);
    const next = message("bad", { payload: "x".repeat(size) });
    assert.deepEqual(suspects.causeOfBan(next, at), banned ? cause : undefined);
    assert.equal(suspects.isHeld("bad"), !banned);
  });
}

test("each refusal doubles the time until the next trial, up to an hour", () => {
  const suspects = new Suspects();
  let now = 0;
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    play(suspects, times(6, lost));
    suspects.ban([bad], now);
    assert.equal(suspects.causeOfBan(bad, now + minutes * minute - 1), cause);
    now += minutes * minute;
    assert.equal(suspects.causeOfBan(bad, now), undefined);
  }
});

test("of several that are guilty at once, each needs four losses alone", () => {
  const suspects = new Suspects();
  const [a, b] = [message("a"), message("b")];
  play(suspects, [...times(2, { lost: [a, b] }), ...times(4, { lost: [a] })]);
  assert.deepEqual([suspects.causeOfGuilt(a), suspects.causeOfGuilt(b)], [cause, undefined]);
  suspects.ban([a], 0);
  play(suspects, times(3, { lost: [b] }));
  assert.equal(suspects.causeOfGuilt(b), undefined);
  play(suspects, [{ lost: [b] }]);
  assert.equal(suspects.causeOfGuilt(b), cause);
});

test("topics without end do not fill the memory", () => {
  const suspects = new Suspects();
  for (let at = 0; at < 3000; at++) suspects.lost([{ publication: message(`${at}`), at: 0 }], 0, cause);
  suspects.reached(true);
  assert.equal(suspects.concerns("999"), true);
  assert.equal(suspects.concerns("1000"), false);
});
