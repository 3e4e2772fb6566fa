import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { roundHalfEven } from "../../../nodes/octoprint/plugin/progress.ts";
import { current, event, file, history } from "./frames.ts";
import { Player } from "./play.ts";

const start = ["mqtt", "progress/printing", "progress/slicing"];

function percents(player: Player): unknown[] {
  const found = player.published.filter(({ kind, name }) => kind === "progress" && name === "printing");
  player.published.length = 0;
  return found.map(({ payload }) => {
    const { path, progress } = Object(payload);
    return [path, progress];
  });
}

describe("the start", () => {
  test("connected, and the two resets, for it may have been started again", () => {
    const player = new Player().play(0, history());
    assert.deepEqual(player.topics(), start);
    assert.deepEqual(player.play(10, { connection: "lost" }).until(60_000).topics(), ["mqtt"]);
    assert.deepEqual(player.play(61_000, history()).topics(), start);
  });

  test("a job that goes on when OctoPrint is back is said, not reset", () => {
    const player = new Player().play(0, history({ path: "a.gcode", completion: 41 }));
    player.play(10, { connection: "lost" }).until(60_000);
    percents(player);
    assert.deepEqual(percents(player.play(61_000, history({ path: "a.gcode", completion: 47 }))), [["a.gcode", 47]]);
  });

  test("a key that sees no state is greeted by `timelapse`", () => {
    assert.deepEqual(new Player().play(0, { frame: { timelapse: null } }).topics(), start);
  });

  test("a job that runs already is said, and followed every 5 s", () => {
    const player = new Player().play(0, history({ path: "a.gcode", completion: 41.5 }));
    assert.deepEqual(percents(player), [["a.gcode", 42]]);
    player.play(4000, current({ path: "a.gcode", completion: 44 })).until(6000);
    assert.deepEqual(percents(player), [["a.gcode", 44]]);
  });

  test("only the newest data point of the past half-hour; after a gap what was missed", () => {
    const point = (time: number, actual: number) => ({ time, tool0: { actual, target: 0 } });
    const player = new Player().play(0, history({ temps: [point(1, 20), point(2, 21), point(3, 22)] }));
    const told = (): unknown[] =>
      player.published.splice(0).flatMap(({ kind, payload }) => (kind === "temperature" ? [payload] : []));
    assert.deepEqual(told(), [{ actual: 22, target: 0 }]);
    player.play(10, { connection: "lost" });
    player.play(1000, history({ temps: [point(2, 21), point(3, 22), point(4, 23), point(5, 24)] }));
    assert.deepEqual(told(), [
      { actual: 23, target: 0 },
      { actual: 24, target: 0 },
    ]);
  });
});

describe("the connection", () => {
  test("a socket that is back within 5 s was never gone", () => {
    const player = new Player().play(0, history());
    player.topics();
    player.play(1000, { connection: "lost" }).play(5900, history()).until(60_000);
    assert.deepEqual(player.topics(), []);
  });

  test("one that is away for longer is `disconnected`, once", () => {
    const player = new Player().play(0, history());
    player.topics();
    for (const at of [1000, 3000, 30_000]) player.play(at, { connection: "lost" });
    assert.deepEqual(
      player.until(60_000).published.map(({ at, payload }) => [at, payload]),
      [[6000, "disconnected"]],
    );
  });

  test("it is `disconnected` at once when we stop, and where OctoPrint was never there after the grace", () => {
    const stopped = new Player().play(0, history()).play(10, { connection: "stopped" });
    assert.deepEqual(stopped.published.at(-1), {
      kind: "connection",
      name: "",
      payload: "disconnected",
      timestamp: undefined,
      at: 10,
    });
    assert.deepEqual(new Player().play(0, { connection: "lost" }).until(9000).topics(), ["mqtt"]);
  });
});

describe("progress", () => {
  test("Python's rounding", () => {
    const pairs = [
      [0.5, 0],
      [1.5, 2],
      [2.5, 2],
      [2.51, 3],
      [99.4, 99],
      [99.5, 100],
      [-100, -100],
      [42, 42],
    ] as const;
    for (const [value, rounded] of pairs) assert.equal(roundHalfEven(value), rounded, String(value));
  });

  test("from 5 s after the start, every 5 s where it has changed, 100 at the end, then no more", () => {
    const player = new Player().play(0, history());
    percents(player);
    player.play(1000, event("PrintStarted", file("a.gcode")));
    for (let second = 2; second < 60; second++) {
      player.play(second * 1000, current({ path: "a.gcode", completion: Math.min(100, Math.floor(second / 10) * 20) }));
    }
    assert.deepEqual(
      player.published
        .filter(({ kind }) => kind === "progress")
        .map(({ at, payload }) => [at, Object(payload).progress]),
      [
        [6000, 0],
        [11_000, 20],
        [21_000, 40],
        [31_000, 60],
        [41_000, 80],
        [51_000, 100],
      ],
    );
    player.play(61_000, current({ completion: 5 })).until(90_000);
    assert.equal(player.published.length, 7);
  });

  test("after a cancel the next tick says 0 with the job's path, and is the last", () => {
    const player = new Player().play(0, history({ path: "a.gcode", completion: 30 }));
    percents(player);
    player.play(1000, event("PrintCancelled", file("a.gcode"))).play(2000, current({ path: "a.gcode" }));
    assert.deepEqual(percents(player.until(30_000)), [["a.gcode", 0]]);
  });

  test("the file's size is not known: null, published as -100", () => {
    const player = new Player().play(0, history({ path: "a.gcode", completion: -100 }));
    assert.deepEqual(percents(player), [["a.gcode", null]]);
  });

  test("an estimate by time, where PrintTimeGenius has one", () => {
    const genius = (printTime: unknown, printTimeLeft: unknown) => ({
      completion: 10,
      printTime,
      printTimeLeft,
      printTimeLeftOrigin: "genius",
    });
    const said = (progress: unknown) => percents(new Player().play(0, history({ path: "a.gcode", progress })));
    assert.deepEqual(said(genius(300, 100)), [["a.gcode", 75]]);
    assert.deepEqual(said(genius(0, 0)), [["a.gcode", 10]]);
    assert.deepEqual(said(genius(300, null)), [["a.gcode", 10]]);
  });

  test("OctoPrint 2.0's `progress: null` ends the job, not the plugin", () => {
    const player = new Player().play(0, history({ path: "a.gcode", completion: 30 }));
    player.play(1000, current({ path: "a.gcode", progress: null })).until(6000);
    assert.deepEqual(percents(player), [
      ["a.gcode", 30],
      ["a.gcode", 0],
    ]);
    player
      .play(7000, event("PrintStarted", file("b.gcode")))
      .play(8000, current({ completion: 3 }))
      .until(13_000);
    assert.deepEqual(percents(player), [["b.gcode", 3]]);
  });

  test("slicing, with the plugin's names", () => {
    const player = new Player().play(0, history());
    player.published.length = 0;
    const pushed = {
      slicer: "cura",
      source_location: "local",
      source_path: "a.stl",
      dest_location: "local",
      dest_path: "a.gcode",
    };
    player.play(1, { frame: { slicingProgress: { ...pushed, progress: 17.9 } } });
    assert.deepEqual(player.published[0]?.payload, {
      slicer: "cura",
      source_location: "local",
      source_path: "a.stl",
      destination_location: "local",
      destination_path: "a.gcode",
      progress: 17,
    });
  });
});

describe("temperatures", () => {
  test("by threshold, with null as the plugin has it", () => {
    const player = new Player().play(0, history());
    player.published.length = 0;
    const points = [
      { time: 1, tool0: { actual: 20, target: 0 }, chamber: { actual: null, target: null } },
      { time: 2, tool0: { actual: 20.09, target: 0 }, chamber: { actual: 30, target: null } },
      { time: 3, tool0: { actual: 20.1, target: 0 }, chamber: { actual: 30.05, target: 0.05 } },
      { time: 4, tool0: { actual: 20.1, target: 200 }, "My sensor": { actual: 5, target: null } },
    ];
    player.play(5000, current({ temps: points }));
    assert.deepEqual(
      player.published.map(({ name, payload, timestamp }) => [name, payload, timestamp]),
      [
        ["tool0", { actual: 20, target: 0 }, 1000],
        ["chamber", { actual: 30, target: null }, 2000],
        ["tool0", { actual: 20.1, target: 0 }, 3000],
        ["tool0", { actual: 20.1, target: 200 }, 4000],
        ["My sensor", { actual: 5, target: null }, 4000],
      ],
    );
  });
});

describe("events", () => {
  test("by OctoPrint's clock", () => {
    const player = new Player()
      .play(1_000_000, history({ serverTime: 2000 }))
      .play(1_003_000, event("ZChange", { new: 1 }));
    assert.equal(player.published.at(-1)?.timestamp, 2_003_000);
  });

  test("what our own socket does is not told, what others do is", () => {
    const ours = { username: "_api", remoteAddress: "10.0.0.7" };
    const others = { username: "bob", remoteAddress: "10.0.0.9" };
    const player = new Player().play(0, history());
    player.play(5, event("ClientOpened", ours)).play(6, event("ClientAuthed", ours));
    player.topics();
    player
      .play(7, event("ClientOpened", others))
      .play(8, event("ClientAuthed", others))
      .play(9, event("UserLoggedIn", others));
    assert.deepEqual(player.topics(), ["event/ClientOpened", "event/ClientAuthed", "event/UserLoggedIn"]);
    player.play(100, { connection: "lost" }).play(200, history());
    player
      .play(201, event("ClientClosed", others))
      .play(202, event("ClientClosed", ours))
      .play(203, event("ClientClosed", ours));
    assert.deepEqual(player.topics(), ["event/ClientClosed", "event/ClientClosed"]);
  });

  test("nor that we log in again", () => {
    const player = new Player().play(0, history()).play(1, event("ClientAuthed", {}));
    player.topics();
    player.play(60_000, { frame: { reauthRequired: { reason: "stale" } } }).play(60_010, event("UserLoggedIn", {}));
    assert.deepEqual(player.topics(), []);
  });

  test("PausedForUser, from the terminal", () => {
    const player = new Player().play(0, history({ logs: ["Recv: echo:busy: paused for user"] }));
    player.topics();
    player.play(1, current({ logs: ["Send: M0", "Recv: echo:busy: paused for user", "echo:busy: paused for user"] }));
    assert.deepEqual(player.topics(), ["event/PausedForUser"]);
  });

  test("messages of OctoPrint's plugins are of the kind `other`", () => {
    const player = new Player().play(0, history());
    player.published.length = 0;
    player.play(1, { frame: { plugin: { plugin: "psucontrol", data: { isPSUOn: true } } } });
    assert.deepEqual(player.published[0], {
      kind: "other",
      name: "plugin/psucontrol",
      payload: { isPSUOn: true },
      timestamp: undefined,
      at: 1,
    });
  });
});

describe("metadata", () => {
  const entry = { name: "a.gcode", hash: "1", prints: {}, layer_height: 0.2, slicer: { name: "Cura" }, empty: null };
  const begun = () => {
    const player = new Player({ metadata: true }).play(0, history());
    player.topics();
    return player.play(10, event("PrintStarted", file("a.gcode"))).play(11, event("Home"));
  };

  test("comes before PrintStarted, and is cleared before the end", () => {
    const player = begun();
    assert.deepEqual(player.topics(), []);
    assert.deepEqual(player.fetched, ["local/a.gcode"]);
    player.play(50, { file: { location: "local", path: "a.gcode" }, entry });
    assert.deepEqual(player.topics(), [
      "metadata/layer_height",
      "metadata/slicer",
      "metadata/empty",
      "event/PrintStarted",
      "event/Home",
    ]);
    player.play(900, event("PrintDone", file("a.gcode")));
    assert.deepEqual(
      player.published.map(({ name, payload }) => (name === "PrintDone" ? name : [name, payload])),
      [["layer_height", null], ["slicer", null], "PrintDone"],
    );
  });

  test("that does not come holds PrintStarted for 2 s, and no longer", () => {
    const player = begun().until(10_000);
    assert.deepEqual(player.published.map(({ name, at }) => [name, at]).slice(0, 2), [
      ["PrintStarted", 2010],
      ["Home", 2010],
    ]);
  });

  test("that was refused, or a print that fails at once, loses nothing", () => {
    const refused = begun().play(50, { file: { location: "local", path: "a.gcode" }, entry: undefined });
    assert.deepEqual(refused.topics(), ["event/PrintStarted", "event/Home"]);
    const failed = begun().play(50, event("PrintFailed", file("a.gcode")));
    failed.play(60, { file: { location: "local", path: "a.gcode" }, entry });
    assert.deepEqual(failed.topics(), ["event/PrintStarted", "event/Home", "event/PrintFailed"]);
  });

  describe("where a job is met on the way", () => {
    const known = { file: { location: "local", path: "a.gcode" }, entry } as const;
    const met = () => {
      const player = new Player({ metadata: true });
      player.play(0, history({ path: "a.gcode", completion: 40, printing: true })).play(10, known);
      assert.deepEqual(player.fetched.splice(0), ["local/a.gcode"]);
      player.topics();
      return player.play(20, { connection: "lost" });
    };

    test("a job that is over has none, though its file is still selected", () => {
      const player = new Player({ metadata: true }).play(0, history({ path: "a.gcode", completion: 100 }));
      assert.deepEqual(player.fetched, []);
    });

    test("the same job after a gap has what is known", () => {
      const player = met().play(30, history({ path: "a.gcode", completion: 41, printing: true }));
      assert.deepEqual([player.fetched, player.topics()], [[], []]);
    });

    test("a job that has ended meanwhile has none any more", () => {
      const player = met().play(30, history({ path: "a.gcode", completion: 100 }));
      assert.deepEqual(player.topics(), ["metadata/layer_height", "metadata/slicer"]);
    });

    test("another job has its own", () => {
      const player = met().play(30, history({ path: "b.gcode", completion: 1, printing: true }));
      assert.deepEqual(player.fetched, ["local/b.gcode"]);
      player.play(40, { file: { location: "local", path: "b.gcode" }, entry: { layer_height: 0.1 } });
      assert.deepEqual(
        player.published.map(({ name, payload }) => [name, payload]),
        [
          ["layer_height", 0.1],
          ["slicer", null],
        ],
      );
    });
  });

  test("is not asked for where the printer stores the file", () => {
    const player = new Player({ metadata: true }).play(0, history());
    player.play(1, event("PrintStarted", { path: "A.GCO", origin: "sdcard" }));
    assert.deepEqual(player.fetched, []);
    assert.equal(player.topics().at(-1), "event/PrintStarted");
  });
});

describe("what whoever joins later is handed", () => {
  test("the newest of what a broker would have stored", () => {
    const player = new Player({ metadata: true }).play(0, history());
    player.play(1, event("FirmwareData", { name: "Marlin" })).play(2, event("ZChange", { new: 0.2 }));
    player.play(3, event("ZChange", { new: 0.4 })).play(4, event("Home"));
    player.play(5, current({ temps: [{ time: 5, bed: { actual: 50, target: 60 } }] }));
    player.play(6, { frame: { plugin: { plugin: "x", data: 1 } } });
    const kept = [...player.state.retained.values()].map(({ kind, name, payload }) => [`${kind}/${name}`, payload]);
    assert.deepEqual(
      kept.filter(([topic]) => !String(topic).startsWith("progress")),
      [
        ["connection/", "connected"],
        ["event/FirmwareData", { name: "Marlin" }],
        ["event/ZChange", { new: 0.4 }],
        ["temperature/bed", { actual: 50, target: 60 }],
      ],
    );
    assert.equal(kept.length, 6);
  });
});
