import { describe, expect, it } from "vitest";
import { assignHues, hueColor, nameColor } from "../../../charts/colors/palette";
import { type DataFrame, makeField } from "../../data/frame";
import { changesOf } from "../../model/changes";
import { parsePanel } from "../../model/parse";
import { drawnOf } from "../plot/drawn";
import { paint } from "../plot/paint";
import { lanesOf } from "../states/states";
import { markdownToHtml } from "../text/markdown";
import { percentChange } from "./change";
import { boxesOf, isFlame } from "./flame";
import { graphOf } from "./graph";
import { legendPlace } from "./legend";
import { safeHref } from "./links";
import { reduceFrames } from "./reduced";
import { seriesOf, thinSet } from "./series";
import { sparkArea } from "./spark";

const frame = (values: readonly (readonly (number | null)[])[], config = {}): DataFrame => ({
  refId: "A",
  fields: [
    makeField("Time", "time", [1_000, 2_000, 3_000]),
    ...values.map((one, index) => ({
      ...makeField("Value", "number", one, { le: String(index + 1) }),
      config: { custom: config },
    })),
  ],
});

describe("colours by name", () => {
  const services = assignHues(["batcher", "checkout", "frontend", "inventory", "worker"]);
  const named = (names: readonly string[], mode: string): DataFrame => ({
    refId: "A",
    fields: [
      makeField("Time", "time", [1_000]),
      ...names.map((service) => ({
        ...makeField("Value", "number", [1], { service }, service),
        config: { custom: {}, color: { mode, fixedColor: undefined } },
      })),
    ],
  });
  const colorsIn = (names: readonly string[], mode: string) => {
    const frames = [named(names, mode)];
    const lines = seriesOf(frames, true, services).series.map((one) => one.color);
    expect(reduceFrames(frames, {}, true, services).map((one) => one.color)).toEqual(lines);
    return lines;
  };

  it("are the same wherever the name stands, of services and of levels their own", () => {
    const mode = "palette-classic-by-name";
    const [worker, checkout, error, other] = colorsIn(["worker", "checkout", "error", "GET /x"], mode);
    expect(colorsIn(["GET /x", "checkout"], mode)).toEqual([other, checkout]);
    expect(worker).toBe(hueColor(services.get("worker") ?? -1, true));
    expect(checkout).toBe(nameColor("checkout", true, services));
    expect(error).toBe("var(--level-error)");
  });

  it("are no two alike in a panel while hues are left, services or not", () => {
    for (let first = 0; first < 60; first += 1) {
      const names = Array.from({ length: 8 }, (_, index) => `GET /${first}/${index * index}`);
      const colors = colorsIn([...names, "info", "worker"], "palette-classic-by-name");
      expect(new Set(colors).size).toBe(colors.length);
    }
  });

  it("are those of states that are told by name", () => {
    const lane = (values: readonly string[]): DataFrame => {
      const color = { mode: "palette-classic-by-name", fixedColor: undefined };
      const field = { ...makeField("leader", "string", values), config: { custom: {}, color } };
      return { refId: "A", fields: [makeField("Time", "time", [1_000, 2_000]), field] };
    };
    const [first] = lanesOf([lane(["worker", "checkout"])], { dark: true, merge: true, hues: services });
    expect(first?.runs.map((one) => one.color)).toEqual(
      ["worker", "checkout"].map((one) => nameColor(one, true, services)),
    );
  });

  it("of other palettes go by place", () => {
    expect(colorsIn(["worker", "checkout"], "palette-classic")).toEqual([hueColor(0, true), hueColor(1, true)]);
  });
});

describe("series", () => {
  it("of different times share one list", () => {
    const other: DataFrame = {
      refId: "B",
      fields: [makeField("Time", "time", [2_000, 4_000]), makeField("Value", "number", [7, 8], { a: "b" })],
    };
    const set = seriesOf([frame([[1, 2, 3]]), other], true);
    expect(set.times).toEqual([1, 2, 3, 4]);
    expect(set.series.map((one) => one.values)).toEqual([
      [1, 2, 3, undefined],
      [undefined, 7, undefined, 8],
    ]);
  });
  it("stack, as sums and as shares; gaps count as nothing", () => {
    const stacked = seriesOf(
      [
        frame(
          [
            [1, null, 3],
            [1, 2, 1],
          ],
          { stacking: { mode: "normal" } },
        ),
      ],
      true,
    ).series;
    expect(paint(stacked, () => true)).toEqual([
      { values: [1, 0, 3], floor: undefined },
      { values: [2, 2, 4], floor: 0 },
    ]);
    const shares = seriesOf(
      [
        frame(
          [
            [1, null, 3],
            [1, 2, 1],
          ],
          { stacking: { mode: "percent" } },
        ),
      ],
      true,
    ).series;
    expect(paint(shares, () => true)[1]?.values).toEqual([1, 1, 1]);
    const below = seriesOf([frame([[1, 2, 3]], { transform: "negative-Y" })], true).series;
    expect(paint(below, () => true)[0]?.values).toEqual([-1, -2, -3]);
  });
});

it("reduces series and rows", () => {
  const options = { reduceOptions: { calcs: ["max"] } };
  expect(reduceFrames([frame([[1, 5, 3]])], options, true)[0]?.value).toBe(5);
  expect(reduceFrames([frame([[1, 5, 3]])], { reduceOptions: { values: true } }, true).map((one) => one.value)).toEqual(
    [1, 5, 3],
  );
});

it("knows the course of values over time only", () => {
  const first = (one: DataFrame, options = {}) => reduceFrames([one], options, true)[0]?.history;
  expect(first(frame([[1, 5, null]]))).toEqual([1, 5, null]);
  expect(first(frame([[1, 5, 3]]), { reduceOptions: { values: true } })).toEqual([]);
  expect(first({ refId: "A", fields: [makeField("v", "number", [1, 2])] })).toEqual([]);
});

it("lays out a graph, also with cycles", () => {
  const edges: DataFrame = {
    refId: "A",
    fields: [makeField("source", "string", ["a", "b", "c"]), makeField("target", "string", ["b", "c", "a"])],
  };
  expect(graphOf([edges]).nodes).toHaveLength(3);
});

describe("words", () => {
  it("become markup block by block, and code stays text", () => {
    expect(markdownToHtml("# T\n\n* a\n* **b**\n\n`<x>`")).toBe(
      "<h1>T</h1>\n<ul><li>a</li><li><strong>b</strong></li></ul>\n<p><code>&lt;x&gt;</code></p>",
    );
    expect(markdownToHtml("|a|b|\n|-|-|\n|1|2|")).toContain("<td>1</td>");
    for (const odd of ["", "```", "[", "| |\n|-|", "****", "\uE0000\uE001"]) markdownToHtml(odd);
  });
  it("link only where links may lead", () => {
    expect(safeHref("https://example.com/a")).toBe("https://example.com/a");
    expect(safeHref("/d/abc")).toBe("d/abc");
    for (const bad of [
      "javascript:alert(1)",
      " java\nscript:alert(1)",
      "data:text/html,x",
      "//evil",
      "vbscript:x",
      "",
    ]) {
      expect(safeHref(bad)?.includes("script:") ?? false).toBe(false);
    }
    expect(safeHref("javascript:alert(1)")).toBeUndefined();
  });
});

it("gives a legend the room it needs", () => {
  const names = ["a", "b"];
  expect(legendPlace({ showLegend: false }, 600, 300, names).side).toBe("none");
  expect(legendPlace({}, 600, 300, names)).toMatchObject({ side: "bottom", px: 24 });
  expect(legendPlace({ placement: "right" }, 600, 300, names).side).toBe("right");
  expect(legendPlace({ placement: "right" }, 200, 300, names).side).toBe("bottom");
  expect(legendPlace({}, 600, 80, names).side).toBe("none");
});

it("draws small lines and names changes", () => {
  expect(sparkArea([1, null, 3], 10, 10)).toMatch(/^M0 8L10 2L10 10L0 10Z$/);
  expect(sparkArea([1], 10, 10)).toBe("");
  expect(changesOf({ panels: [{ id: 1, title: "a" }] }, { panels: [{ id: 2 }, { id: 1, title: "b" }] })).toEqual([
    { path: "panels.[1].title", before: "a", after: "b" },
    { path: "panels.[2]", before: undefined, after: '{"id":2}' },
  ]);
  expect(parsePanel({ type: "unheard" }).type).toBeUndefined();
});

it("stacks rows of levels into a flame graph", () => {
  const frame = {
    refId: "A",
    fields: [
      makeField("level", "number", [0, 1, 2, 1]),
      makeField("label", "string", ["root", "a", "c", "b"]),
      makeField("value", "number", [10, 5, 2, 3]),
      makeField("self", "number", [2, 3, 2, 3]),
    ],
  };
  expect(isFlame(frame)).toBe(true);
  expect(boxesOf(frame).map((one) => [one.name, one.depth, one.left, one.width])).toEqual([
    ["root", 0, 0, 1],
    ["a", 1, 0, 0.5],
    ["c", 2, 0, 0.2],
    ["b", 1, 0.5, 0.3],
  ]);
  expect(boxesOf({ refId: "A", fields: [makeField("level", "number", [0, Number.NaN, 1e9])] })).toEqual([]);
});

it("thins a million points to the pixels, and keeps their extremes", () => {
  const size = 10_000;
  const times = Array.from({ length: size }, (_, index) => 1_700_000_000_000 + index * 1_000);
  const values = times.map((_, index) => (index === 5_000 ? 99 : index % 10));
  const frame = {
    refId: "A",
    fields: [makeField("Time", "time", times), makeField("Value", "number", values, { job: "a" })],
  };
  const set = seriesOf([frame], true);
  const thin = thinSet(set, 300);
  expect(thin.times.length).toBe(600);
  expect(Math.max(...(thin.series[0]?.values ?? []).map((one) => one ?? 0))).toBe(99);
  expect(thinSet(thin, 300)).toBe(thin);
  expect(thinSet(set, 310).times.length).toBe(800);
});

it("keeps room for names beside the figures of a legend", () => {
  const place = legendPlace({ placement: "right", displayMode: "table", calcs: ["mean", "max"] }, 448, 300, ["a"]);
  expect(place.px).toBe(96 + 2 * 76);
});

it("tells how much a value changed", () => {
  expect(percentChange([null, 10, 7, 15], "standard")).toEqual({ text: "+50%", tone: "good" });
  expect(percentChange([10, 5], "standard")).toEqual({ text: "-50%", tone: "error" });
  expect(percentChange([10, 5], "inverted")).toEqual({ text: "-50%", tone: "good" });
  expect(percentChange([10, 20], "same_as_value")?.tone).toBe("");
  expect(percentChange([10, 10], "standard")).toEqual({ text: "0%", tone: "" });
  expect(percentChange([0, 10], "standard")).toBeUndefined();
  expect(percentChange([null, 10], "standard")).toBeUndefined();
});

it("joins a line over short gaps only, where it is told how short", () => {
  const options = (spanNulls: unknown) => drawnOf({ custom: { spanNulls } });
  expect([options(true).spanGaps, options(true).spanMs]).toEqual([true, undefined]);
  expect([options(60_000).spanGaps, options(60_000).spanMs]).toEqual([false, 60_000]);
});

it("reduces as many values as a screen shows, of names found one by one", () => {
  const many = frame(Array.from({ length: 2_000 }, (_, at) => [at]));
  expect(reduceFrames([many], {}, true).length).toBe(300);
  const found = reduceFrames([many], { reduceOptions: { fields: "/./g" } }, true);
  expect(found.length).toBe(300);
});
