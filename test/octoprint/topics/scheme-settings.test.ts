import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  compileScheme,
  type SchemeSettings,
  schemeDefaults,
  schemeProblems,
  schemeWarnings,
} from "../../../nodes/octoprint/topics/scheme.ts";

type Case = readonly [title: string, settings: Partial<SchemeSettings>, found: readonly object[]];

describe("settings that cannot work", () => {
  const cases: readonly Case[] = [
    ["the defaults are good", {}, []],
    ["a changed template is good", { eventTopic: "foo/{event}/bar" }, []],
    ["no status topic is good", { lwTopic: "" }, []],
    ["braces in the status topic are good: it is not filled", { lwTopic: "{status}" }, []],
    ["no timestamp field is good", { timestampField: "" }, []],
    ["{printer} in the base topic is good", { baseTopic: "farm/{printer}/" }, []],
    [
      "{printer} may have its slash from every template",
      {
        baseTopic: "farm/{printer}",
        eventTopic: "/e/{event}",
        progressTopic: "/p/{progress}",
        temperatureTopic: "/t/{temp}",
        metadataTopic: "-m/{key}",
        lwTopic: "-mqtt",
      },
      [],
    ],
    ["a wildcard + in the base topic", { baseTopic: "farm/+/" }, [{ code: "topic-wildcard", field: "baseTopic" }]],
    ["a wildcard # in the status topic", { lwTopic: "#" }, [{ code: "topic-wildcard", field: "lwTopic" }]],
    ["a NUL in a template", { eventTopic: "e\0/{event}" }, [{ code: "topic-wildcard", field: "eventTopic" }]],
    ...(
      [
        ["eventTopic", "{event}"],
        ["progressTopic", "{progress}"],
        ["temperatureTopic", "{temp}"],
        ["metadataTopic", "{key}"],
      ] as const
    ).flatMap(([field, placeholder]): Case[] => [
      [`${field} without its placeholder`, { [field]: "x/y" }, [{ code: "placeholder-missing", field, placeholder }]],
      [`${field} empty`, { [field]: "" }, [{ code: "placeholder-missing", field, placeholder }]],
      [
        `${field} with its placeholder twice`,
        { [field]: `x/${placeholder}/${placeholder}` },
        [{ code: "placeholder-twice", field, placeholder }],
      ],
      [
        `${field} with another's placeholder`,
        { [field]: `x/${placeholder}/{tool}` },
        [{ code: "placeholder-unknown", field, placeholder: "{tool}" }],
      ],
    ]),
    [
      "{printer} in a template: it belongs into the base topic",
      { eventTopic: "{printer}/event/{event}" },
      [{ code: "placeholder-unknown", field: "eventTopic", placeholder: "{printer}" }],
    ],
    [
      "another placeholder in the base topic",
      { baseTopic: "octoprint/{event}/" },
      [{ code: "placeholder-unknown", field: "baseTopic", placeholder: "{event}" }],
    ],
    [
      "{printer} twice",
      { baseTopic: "{printer}/{printer}/" },
      [{ code: "placeholder-twice", field: "baseTopic", placeholder: "{printer}" }],
    ],
    [
      "{printer} with no slash before the next placeholder",
      { baseTopic: "farm/{printer}", temperatureTopic: "{temp}/temperature" },
      [{ code: "printer-not-separated", field: "temperatureTopic" }],
    ],
  ];
  for (const [title, settings, found] of cases) {
    it(title, () => assert.deepEqual(schemeProblems({ ...schemeDefaults, ...settings }), found));
    it(`${title}: ${found.length === 0 ? "it compiles" : "it does not compile"}`, () => {
      const compiled = compileScheme({ ...schemeDefaults, ...settings });
      assert.deepEqual(compiled.ok ? [] : [compiled.problem], found.slice(0, 1));
    });
  }

  it("are told all at once", () => {
    const found = schemeProblems({ ...schemeDefaults, baseTopic: "+/", eventTopic: "event", metadataTopic: "" });
    assert.deepEqual(
      found.map(({ code, field }) => [code, field]),
      [
        ["topic-wildcard", "baseTopic"],
        ["placeholder-missing", "eventTopic"],
        ["placeholder-missing", "metadataTopic"],
      ],
    );
  });
});

describe("settings that work, but perhaps not as meant", () => {
  const cases: readonly Case[] = [
    ["the defaults are good", {}, []],
    ["a farm is good", { baseTopic: "farm/{printer}/" }, []],
    ["templates that differ in front are good", { eventTopic: "a/{event}/x", temperatureTopic: "b/{temp}/x" }, []],
    ["templates that differ behind are good", { eventTopic: "a/{event}/x", temperatureTopic: "a/{temp}/y" }, []],
    [
      "a base topic without a slash",
      { baseTopic: "octoLaser" },
      [{ code: "base-topic-without-slash", preview: "octoLaserevent/{event}" }],
    ],
    [
      "two templates that are the same",
      { eventTopic: "x/{event}", temperatureTopic: "x/{temp}" },
      [{ code: "templates-overlap", field: "eventTopic", other: "temperatureTopic" }],
    ],
    [
      "templates that meet in one topic, a/x/b",
      {
        eventTopic: "a/{event}",
        metadataTopic: "{key}/b",
        progressTopic: "p/{progress}/c",
        temperatureTopic: "t/{temp}/c",
      },
      [{ code: "templates-overlap", field: "eventTopic", other: "metadataTopic" }],
    ],
    [
      "a template that holds the status topic",
      { lwTopic: "event/mqtt" },
      [{ code: "templates-overlap", field: "eventTopic", other: "lwTopic" }],
    ],
    [
      "the same on a farm",
      { baseTopic: "farm/{printer}/", lwTopic: "event/mqtt" },
      [{ code: "templates-overlap", field: "eventTopic", other: "lwTopic" }],
    ],
    [
      "a placeholder beside other text: names with a slash are not received",
      { temperatureTopic: "temp-{temp}" },
      [{ code: "slash-names-not-received", field: "temperatureTopic" }],
    ],
  ];
  for (const [title, settings, found] of cases) {
    it(title, () => assert.deepEqual(schemeWarnings({ ...schemeDefaults, ...settings }), found));
  }
});
