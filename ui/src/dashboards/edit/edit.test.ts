import { describe, expect, it } from "vitest";
import { UNITS, unitLabel } from "../field/unitNames";
import { formatValue, isKnownUnit } from "../field/units";
import { withPath } from "../model/patch/path";
import { PANEL_TYPES } from "../model/types";
import { readDuration, writeDuration } from "../query/duration";
import { KNOWN_TRANSFORMATIONS } from "../transform/transform";
import { OPTIONS, propertiesOf, propertyOf } from "./options/options";
import { STEP_FORMS } from "./steps";
import { toMappings, toRows } from "./values/mappings";

describe("settings of panels", () => {
  it("have one place each, and properties one name", () => {
    for (const type of PANEL_TYPES) {
      const places = OPTIONS.filter((one) => one.types === undefined || one.types.includes(type)).map((one) =>
        one.path.join("."),
      );
      expect(new Set(places).size).toBe(places.length);
      const ids = propertiesOf(type).map((one) => one.id);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(propertiesOf("table").map((one) => one.id)).toContain("custom.width");
    expect(propertiesOf("stat").map((one) => one.id)).not.toContain("custom.width");
    expect(propertyOf("custom.stacking", "timeseries")?.member).toBe("mode");
    expect(propertyOf("custom.unknown", "timeseries")).toBeUndefined();
  });
});

it("writes lengths of time as they are read", () => {
  for (const words of ["1h", "1h30m", "2w", "250ms"]) expect(writeDuration(readDuration(words) ?? 0)).toBe(words);
});

describe("value mappings", () => {
  const mappings = [
    { type: "value", options: { "0": { text: "down", color: "red", index: 0 }, "1": { text: "up", index: 1 } } },
    { type: "range", options: { from: 2, to: null, result: { text: "many", index: 2 } } },
    { type: "regex", options: { pattern: "/a(.*)/", result: { text: "$1", index: 3 } } },
    { type: "special", options: { match: "null+nan", result: { color: "gray", index: 4 } } },
  ];
  it("are rows and mappings again", () => {
    const rows = toRows(mappings);
    expect(rows.map((one) => [one.kind, one.match])).toEqual([
      ["value", "0"],
      ["value", "1"],
      ["range", ""],
      ["regex", "/a(.*)/"],
      ["special", "null+nan"],
    ]);
    expect(toMappings(rows)).toEqual(mappings);
  });
  it("keep their order when values stand between others", () => {
    const rows = toRows(mappings);
    const mixed = [rows[0], rows[2], rows[1]].flatMap((one) => (one === undefined ? [] : [one]));
    expect(toMappings(mixed).map((one) => one.type)).toEqual(["value", "range", "value"]);
  });
  it("whose names are numbers stay in the order they were made in", () => {
    const rows = toRows([{ type: "value", options: { "9": { index: 0 }, "1": { index: 1 } } }]);
    expect(rows.map((one) => one.match)).toEqual(["9", "1"]);
  });
  it("of before are read", () => {
    expect(
      toMappings(toRows([{ type: 1, value: "0", text: "no" }, { type: 2, from: "1", to: "5", text: "some" }, 7])),
    ).toEqual([
      { type: "value", options: { "0": { text: "no", index: 0 } } },
      { type: "range", options: { from: 1, to: 5, result: { text: "some", index: 1 } } },
    ]);
  });
});

describe("units", () => {
  it("are many, and each is written its own way", () => {
    expect(UNITS.length).toBeGreaterThan(250);
    expect(new Set(UNITS.map((one) => one.id)).size).toBe(UNITS.length);
    expect(UNITS.filter((one) => !isKnownUnit(one.id))).toEqual([]);
  });
  it("are written with their prefixes", () => {
    const cases: [string, number, string][] = [
      ["mvolt", 1_500, "1.5 V"],
      ["pfarad", 2_000, "2 nF"],
      ["Kibits", 2_048, "2 Mib/s"],
      ["massmg", 5, "5 mg"],
      ["gflops", 1_500, "1.5 TFLOPS"],
      ["dtdhms", 90_061, "1 d 01:01:01"],
      ["currencyTRY", 3, "₺3"],
      ["megwatt", 0.5, "500 kW"],
    ];
    for (const [unit, value, text] of cases) expect(formatValue(value, unit)).toBe(text);
    expect(unitLabel("suffix:cores")).toBe("cores");
    expect(unitLabel("bytes")).toBe("bytes, by 1024");
  });
});

it("every transformation of a form is known", () => {
  for (const id of Object.keys(STEP_FORMS)) expect(KNOWN_TRANSFORMATIONS.has(id)).toBe(true);
});

it("a list that a form begins is a list", () => {
  expect(withPath({}, ["sort", 0, "field"], "Time")).toEqual({ sort: [{ field: "Time" }] });
});
