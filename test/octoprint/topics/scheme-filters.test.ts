import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type SchemeSettings, type Selection, schemeDefaults } from "../../../nodes/octoprint/topics/scheme.ts";
import { schemeWith } from "../tracking/make.ts";

type Row = readonly [selection: Selection, filters: readonly string[]];

const tables: readonly { title: string; settings: Partial<SchemeSettings>; rows: readonly Row[] }[] = [
  {
    title: "the defaults",
    settings: schemeDefaults,
    rows: [
      [{ kind: "all" }, ["octoprint/#"]],
      [{ kind: "event" }, ["octoprint/event/#"]],
      [{ kind: "progress" }, ["octoprint/progress/#"]],
      [{ kind: "temperature" }, ["octoprint/temperature/#"]],
      [{ kind: "metadata" }, ["octoprint/metadata/#"]],
      [{ kind: "connection" }, ["octoprint/mqtt"]],
      [{ kind: "other" }, ["octoprint/#"]],
      [{ kind: "event", names: ["PrintDone"] }, ["octoprint/event/PrintDone"]],
      [
        { kind: "event", names: ["PrintDone", "plugin/with levels", "PrintDone"] },
        ["octoprint/event/PrintDone", "octoprint/event/plugin/with levels"],
      ],
      [{ kind: "temperature", names: ["bed"] }, ["octoprint/temperature/bed"]],
      [{ kind: "connection", names: ["whatever"] }, ["octoprint/mqtt"]],
      [
        { kind: "other", names: ["plugin/+/state", "hass/#", "camera"] },
        ["octoprint/plugin/+/state", "octoprint/hass/#", "octoprint/camera"],
      ],
      [{ kind: "all", names: ["PrintDone"] }, ["octoprint/#"]],
      [{ kind: "event", printers: ["mk3"] }, ["octoprint/event/#"]],
    ],
  },
  {
    title: "octoLaser, without a slash",
    settings: { baseTopic: "octoLaser", temperatureTopic: "{temp}/temperature" },
    rows: [
      [{ kind: "event" }, ["octoLaserevent/#"]],
      [{ kind: "temperature" }, ["+/temperature"]],
      [{ kind: "temperature", names: ["tool0"] }, ["octoLasertool0/temperature"]],
      [
        { kind: "all" },
        ["octoLaserevent/#", "octoLaserprogress/#", "+/temperature", "octoLasermetadata/#", "octoLasermqtt"],
      ],
    ],
  },
  {
    title: "a placeholder in the middle, and one beside other text",
    settings: { eventTopic: "foo/{event}/bar", temperatureTopic: "t-{temp}/celsius" },
    rows: [
      [{ kind: "event" }, ["octoprint/foo/#"]],
      [{ kind: "event", names: ["Home"] }, ["octoprint/foo/Home/bar"]],
      [{ kind: "temperature" }, ["octoprint/+/celsius"]],
    ],
  },
  {
    title: "no base topic: still never # alone",
    settings: { baseTopic: "", eventTopic: "{event}", temperatureTopic: "{temp}/t" },
    rows: [
      [{ kind: "event" }, ["+"]],
      [{ kind: "temperature" }, ["+/t"]],
    ],
  },
  { title: "/", settings: { baseTopic: "/" }, rows: [[{ kind: "all" }, ["/#"]]] },
  {
    title: "a farm",
    settings: { baseTopic: "farm/{printer}/" },
    rows: [
      [{ kind: "all" }, ["farm/+/#"]],
      [{ kind: "event" }, ["farm/+/event/#"]],
      [{ kind: "connection" }, ["farm/+/mqtt"]],
      [{ kind: "event", printers: ["mk3", "mk4"] }, ["farm/mk3/event/#", "farm/mk4/event/#"]],
      [{ kind: "all", printers: ["mk3"] }, ["farm/mk3/#"]],
      [
        { kind: "temperature", printers: ["a", "b"], names: ["bed", "tool0"] },
        ["farm/a/temperature/bed", "farm/a/temperature/tool0", "farm/b/temperature/bed", "farm/b/temperature/tool0"],
      ],
      [{ kind: "other", printers: ["a"], names: ["plugin/+/state"] }, ["farm/a/plugin/+/state"]],
    ],
  },
  {
    title: "a farm where {printer} is a part of its level",
    settings: { baseTopic: "farm/p-{printer}/" },
    rows: [
      [{ kind: "event" }, ["farm/+/event/#"]],
      [{ kind: "event", printers: ["mk3"] }, ["farm/p-mk3/event/#"]],
    ],
  },
  {
    title: "a farm that begins with {printer}: still never # alone",
    settings: { baseTopic: "{printer}/" },
    rows: [[{ kind: "all" }, ["+/#"]]],
  },
];

for (const { title, settings, rows } of tables) {
  describe(`filters for ${title}`, () => {
    for (const [selection, filters] of rows) {
      it(`${JSON.stringify(selection)}: ${filters.join(", ")}`, () =>
        assert.deepEqual(schemeWith(settings).filters(selection), { ok: true, filters }));
    }
  });
}

describe("a selection that cannot be received is refused", () => {
  const farm = { baseTopic: "farm/{printer}/" };
  const cases: readonly [title: string, settings: Partial<SchemeSettings>, selection: Selection, problem: object][] = [
    [
      "other below a base topic without a slash",
      { baseTopic: "octoLaser" },
      { kind: "other" },
      { code: "base-topic-unfinished" },
    ],
    [
      "the status where there is no topic for it",
      { lwTopic: "" },
      { kind: "connection" },
      { code: "no-such-topic", field: "lwTopic" },
    ],
    [
      "a wildcard in an event's name",
      {},
      { kind: "event", names: ["plugin_+"] },
      { code: "name-forbidden", placeholder: "event", name: "plugin_+", character: "+" },
    ],
    ["an empty name", {}, { kind: "temperature", names: [""] }, { code: "name-empty", placeholder: "temp" }],
    [
      "a printer that would be two levels",
      farm,
      { kind: "all", printers: ["hall/mk3"] },
      { code: "name-forbidden", placeholder: "printer", name: "hall/mk3", character: "/" },
    ],
    ["an empty printer", farm, { kind: "all", printers: ["mk3", ""] }, { code: "name-empty", placeholder: "printer" }],
  ];
  for (const [title, settings, selection, problem] of cases) {
    it(title, () => assert.deepEqual(schemeWith(settings).filters(selection), { ok: false, problem }));
  }
});
