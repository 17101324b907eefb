import { describe, expect, it } from "vitest";
import { makeField } from "../data/frame";
import { reduceValues } from "../data/reducers";
import { applyFieldOptions } from "./apply";
import { cssColor, mix } from "./colors";
import { boundsOf, shownText, showValue, thresholdColor } from "./show";
import { formatValue } from "./units";

describe("units", () => {
  const cases: [number, string | undefined, number | undefined, string][] = [
    [1_234, "short", undefined, "1.23 K"],
    [1_234_567, "short", 1, "1.2 Mil"],
    [0.1234, "percentunit", undefined, "12.3%"],
    [12.345, "percent", 1, "12.3%"],
    [1_536, "bytes", undefined, "1.5 KiB"],
    [1_500, "decbytes", undefined, "1.5 kB"],
    [2_048, "kbytes", undefined, "2 MiB"],
    [1_000, "bps", undefined, "1 kb/s"],
    [1_024, "binBps", undefined, "1 KiB/s"],
    [0.0015, "s", undefined, "1.5 ms"],
    [90, "s", undefined, "1.5 mins"],
    [3_600, "s", undefined, "1 hour"],
    [0, "s", undefined, "0 s"],
    [1_500, "ms", undefined, "1.5 s"],
    [3_725_000, "dtdurationms", undefined, "1 h 2 m"],
    [3_725, "dthms", undefined, "01:02:05"],
    [12, "ops", undefined, "12 ops/s"],
    [1_200, "reqps", undefined, "1.2K req/s"],
    [3, "suffix:peers", undefined, "3 peers"],
    [3, "prefix:~", undefined, "~3"],
    [5, "req/s", undefined, "5 req/s"],
    [5, "currencyUSD", 2, "$5.00"],
    [1, "bool:up/down", undefined, "up"],
    [5, "si:mF", undefined, "5 mF"],
    [1_500, "si:kW", undefined, "1.5 MW"],
    [2, "si:V", undefined, "2 V"],
    [0.00012, "none", undefined, "0.00012"],
    [1e6, undefined, undefined, "1000000"],
    [Number.NaN, "bytes", undefined, "NaN"],
    [Number.POSITIVE_INFINITY, "s", undefined, "+Inf"],
  ];
  for (const [value, unit, decimals, expected] of cases) {
    it(`${value} ${unit}`, () => expect(formatValue(value, unit, decimals)).toBe(expected));
  }
  it("do not take names of the language for units", () => {
    expect(formatValue(1, "constructor")).toBe("1 constructor");
  });
});

it("reduces", () => {
  const values = [1, null, 5, 3, null];
  const expected: Readonly<Record<string, unknown>> = {
    lastNotNull: 3,
    last: null,
    firstNotNull: 1,
    mean: 3,
    min: 1,
    max: 5,
    sum: 9,
    count: 3,
    range: 4,
    diff: 2,
    delta: 7,
    median: 3,
    current: 3,
    avg: 3,
    distinctCount: 3,
    p50: 3,
    unheard: null,
  };
  for (const [id, result] of Object.entries(expected)) expect(reduceValues(values, id), id).toEqual(result);
  expect(reduceValues([], "mean")).toBeNull();
});

describe("values", () => {
  const bounds = { min: 0, max: 10 };
  it("stand on thresholds, also on shares of the scale", () => {
    const steps = [
      { value: Number.NEGATIVE_INFINITY, color: "green" },
      { value: 5, color: "red" },
    ];
    expect(thresholdColor(5, { mode: "absolute", steps }, bounds)).toBe("red");
    expect(thresholdColor(-1, { mode: "absolute", steps }, bounds)).toBe("green");
    expect(thresholdColor(0.6, { mode: "percentage", steps }, bounds)).toBe("red");
  });
  it("are mapped", () => {
    const config = {
      unit: "s",
      noValue: "none",
      custom: {},
      mappings: [
        { type: "value", options: { 1: { text: "up", color: "green" } } },
        { type: "range", options: { from: 5, to: null, result: { text: "many" } } },
        { type: "special", options: { match: "null", result: { text: "gone" } } },
        { type: "regex", options: { pattern: "/v(.*)/", result: { text: "version $1" } } },
      ] as const,
    };
    const text = (value: unknown) => shownText(showValue(value, config, bounds, true));
    expect(text(1)).toBe("up");
    expect(text(7)).toBe("many");
    expect(text(null)).toBe("gone");
    expect(text("v2")).toBe("version 2");
    expect(text(2)).toBe("2 s");
    expect(shownText(showValue(null, { custom: {}, noValue: "none" }, bounds, true))).toBe("none");
  });
  it("have ends", () => {
    expect(boundsOf([3, 8], { custom: {}, unit: "percentunit" })).toEqual({ min: 0, max: 8 });
    expect(boundsOf([0.3], { custom: {}, unit: "percentunit" })).toEqual({ min: 0, max: 1 });
    expect(boundsOf([], { custom: {} })).toEqual({ min: 0, max: 100 });
    expect(boundsOf([4], { custom: {}, min: 4, max: 4 })).toEqual({ min: 4, max: 5 });
  });
});

it("takes only colours for colours", () => {
  expect(cssColor("green", true)).toMatch(/^#/);
  expect(cssColor("dark-red", true)).toMatch(/^#/);
  expect(cssColor("#abc", true)).toBe("#aabbcc");
  expect(cssColor("rgba(1, 2, 3, 0.5)", true)).toBe("rgba(1, 2, 3, 0.5)");
  expect(cssColor("url(http://evil)", true)).toBeUndefined();
  expect(cssColor("red;background:url(x)", true)).toBeUndefined();
  expect(mix(["#000000", "#ffffff"], 0.5)).toBe("#808080");
});

it("applies overrides by name, pattern, type and query", () => {
  const frame = {
    refId: "A",
    fields: [
      makeField("Time", "time", [1]),
      makeField("Value", "number", [1], { job: "a" }, "read a"),
      makeField("Value", "number", [2], { job: "b" }, "write b"),
    ],
  };
  const overrides = [
    { matcher: "byType", argument: "number", properties: [{ id: "decimals", value: 1 }] },
    { matcher: "byName", argument: "read a", properties: [{ id: "unit", value: "bytes" }] },
    { matcher: "byRegexp", argument: "/write.*/", properties: [{ id: "custom.transform", value: "negative-Y" }] },
    { matcher: "byFrameRefID", argument: "B", properties: [{ id: "unit", value: "s" }] },
  ];
  const [made] = applyFieldOptions([frame], { unit: "short", custom: { fillOpacity: 10 } }, overrides);
  expect(made?.fields.map((one) => one.config.unit)).toEqual([undefined, "bytes", "short"]);
  expect(made?.fields[2]?.config).toMatchObject({ decimals: 1, custom: { fillOpacity: 10, transform: "negative-Y" } });
});

it("applies overrides by figures of the values, and bare patterns to whole names", () => {
  const frame = {
    refId: "A",
    fields: [
      makeField("Value", "number", [1, 9], {}, "errors"),
      makeField("Value", "number", [9, 1], {}, "all errors"),
    ],
  };
  const overrides = [
    {
      matcher: "byValue",
      argument: { reducer: "lastNotNull", op: "gte", value: 5 },
      properties: [{ id: "unit", value: "s" }],
    },
    { matcher: "byRegexp", argument: "errors", properties: [{ id: "decimals", value: 2 }] },
    { matcher: "byRegexp", argument: "/err/", properties: [{ id: "min", value: 0 }] },
  ];
  const [made] = applyFieldOptions([frame], { custom: {} }, overrides);
  expect(made?.fields.map(({ config }) => [config.unit, config.decimals, config.min])).toEqual([
    ["s", 2, 0],
    [undefined, undefined, 0],
  ]);
});
