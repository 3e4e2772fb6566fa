import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encode } from "../../../nodes/octoprint/messages/encode.ts";
import { current, event, file, history } from "./frames.ts";
import { Player } from "./play.ts";

const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
const number = fc.oneof(fc.double(), fc.integer({ min: -1, max: 101 }), fc.constant(null));
const name = fc.constantFrom(
  "PrintStarted",
  "PrintDone",
  "FileSelected",
  "PrintCancelled",
  "ClientAuthed",
  "ClientClosed",
  "x",
);
const temps = fc.array(
  fc.oneof(anything, fc.record({ time: number, bed: fc.record({ actual: number, target: number }) })),
);
const said = fc.record({ completion: number, path: fc.constantFrom("a.gcode", "", null), temps }, { requiredKeys: [] });

/** What OctoPrint says, what no OctoPrint says, and what we do. */
const inputs = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 7000 }),
    input: fc.oneof(
      said.map((current) => history(current)),
      said.map((state) => current(state)),
      fc.tuple(name, fc.oneof(anything, fc.constant(file("a.gcode")))).map(([type, payload]) => event(type, payload)),
      fc.record({
        frame: fc.oneof(
          anything,
          fc
            .tuple(
              fc.constantFrom(
                "history",
                "current",
                "event",
                "plugin",
                "slicingProgress",
                "timelapse",
                "renderProgress",
              ),
              anything,
            )
            .map(([kind, value]) => ({ [kind]: value })),
        ),
      }),
      fc.record({ connection: fc.constantFrom("lost" as const, "stopped" as const) }),
      fc.record({ file: fc.constant({ location: "local", path: "a.gcode" }), entry: anything }),
    ),
  }),
  { maxLength: 40 },
);

describe("whatever OctoPrint says", () => {
  test("it never throws, and all but what is no JSON can be published", () => {
    fc.assert(
      fc.property(inputs, fc.boolean(), (steps, metadata) => {
        const player = new Player({ metadata });
        let at = 0;
        for (const { after, input } of steps) {
          at += after;
          player.play(at, input);
        }
        for (const { kind, name, payload, timestamp } of player.until(at + 60_000).published) {
          if (kind !== "progress" && kind !== "temperature" && kind !== "connection") continue;
          const encoded = encode({ kind, name, payload, texts: {}, timestamp, timestampField: "_timestamp" });
          // `fc.anything` makes what JSON cannot say.
          assert.ok(encoded.ok || encoded.problem.code === "payload-not-json", JSON.stringify(encoded));
        }
      }),
    );
  });

  test("it says connected and disconnected in turn", () => {
    fc.assert(
      fc.property(inputs, (steps) => {
        const player = new Player();
        let at = 0;
        for (const { after, input } of steps) {
          at += after;
          player.play(at, input);
        }
        const statuses = player.published.filter(({ kind }) => kind === "connection").map(({ payload }) => payload);
        assert.ok(statuses.every((status, index) => status !== statuses[index - 1]));
      }),
    );
  });
});

test("its memory is bounded, whatever names are invented", () => {
  const player = new Player({ metadata: true }).play(0, history());
  for (let index = 0; index < 500; index++) {
    const invented = `sensor ${index}`;
    player.play(index, current({ temps: [{ time: index, [invented]: { actual: 20, target: 0 } }] }));
    player.play(index, event(invented, { payload: index }));
    player.play(index, event("PrintStarted", file(invented)));
    const entry = Object.fromEntries(Array.from({ length: 300 }, (_, key) => [`${invented} ${key}`, key]));
    player.play(index, { file: { location: "local", path: invented }, entry });
    player.published.length = 0;
  }
  const { temperatures, retained, metadataKeys, held } = player.state;
  assert.ok(temperatures.size <= 100);
  assert.ok(retained.size <= 400);
  assert.ok(metadataKeys.length <= 100);
  assert.equal(held, undefined);
});
