import { describe, expect, it } from "vitest";
import { csvOfColumns } from "../../data/csv";
import { type DataFrame, type FieldType, makeField } from "../../data/frame";
import { readableOn } from "../../field/colors";
import type { FieldOptions } from "../../model/types";
import { cellOptionsOf, colorOf, jsonText, lookOf, paintOf, pictureOf, pillsOf, styleOf } from "./cells/looks";
import { sparkOf } from "./cells/spark";
import { columnsOf, tables, wordsOf } from "./columns";
import { footOf } from "./feet";
import { type Ask, askedRows, choicesOf, NO_ASK, readExpression } from "./filter/asks";
import { withWidth } from "./overrides";
import { clickedSort, readSorts, sortedRows } from "./sorts";
import { keyPlace } from "./useGridKeys";
import { stuckAt, widthsOf } from "./widths";

const fieldOf = (name: string, values: readonly unknown[], config: Partial<FieldOptions> = {}, type?: FieldType) => ({
  ...makeField(name, type ?? (values.every((one) => typeof one === "number") ? "number" : "string"), values),
  config: { custom: {}, ...config },
});
const frameOf = (...fields: ReturnType<typeof fieldOf>[]): DataFrame => ({ refId: "A", fields });
const custom = (written: object) => ({ custom: written as FieldOptions["custom"] });

describe("looks of cells", () => {
  it("are read in every form that dashboards have them in", () => {
    const cases: [object, object][] = [
      [{}, { type: "auto" }],
      [{ displayMode: "color-background" }, { type: "color-background", mode: "gradient" }],
      [{ displayMode: "color-background-solid" }, { type: "color-background", mode: "basic" }],
      [{ displayMode: "lcd-gauge" }, { type: "gauge", mode: "lcd" }],
      [{ displayMode: "basic" }, { type: "gauge", mode: "basic" }],
      [{ displayMode: "json-view" }, { type: "json-view" }],
      [{ cellOptions: { type: "gradient-gauge" } }, { type: "gauge", mode: "gradient" }],
      [{ cellOptions: { type: "color-background", mode: "basic" } }, { type: "color-background", mode: "basic" }],
      [{ displayMode: "auto", cellOptions: { type: "pill" } }, { type: "pill" }],
    ];
    for (const [written, read] of cases) expect(cellOptionsOf(written as never)).toMatchObject(read);
    const gauge = { cellOptions: { type: "gauge", mode: "lcd", valueDisplayMode: "hidden" } };
    expect(lookOf(fieldOf("v", [1], custom(gauge)))).toMatchObject({ type: "gauge", mode: "lcd", words: "hidden" });
    expect(lookOf(fieldOf("v", [1], custom({ cellOptions: { type: "of tomorrow" } }))).type).toBe("auto");
  });
  it("that are not told are seen from the values", () => {
    expect(lookOf(fieldOf("v", [{}], {}, "frame")).type).toBe("sparkline");
    expect(lookOf(fieldOf("v", [{}], {}, "other")).type).toBe("json-view");
  });
  it("give words without a number the lowest step, and a fixed colour to all", () => {
    const shown = { prefix: "", text: "x", suffix: "", color: undefined };
    const bounds = { min: 0, max: 1 };
    expect(colorOf(fieldOf("v", ["x"]), 0, shown, bounds, true)).toBe("#62c08a");
    const fixed = fieldOf("v", ["x"], { color: { mode: "fixed", fixedColor: "#123456" } });
    expect(colorOf(fixed, 0, shown, bounds, true)).toBe("#123456");
  });
  it("put words on a ground that they can be read on", () => {
    const look = lookOf(fieldOf("v", [1], custom({ cellOptions: { type: "color-background", mode: "basic" } })));
    expect(paintOf(look, "#101010")).toEqual({ background: "#101010", color: readableOn("#101010") });
    expect(paintOf({ ...look, mode: "gradient" }, "#101010").background).toContain("linear-gradient");
    expect(paintOf({ ...look, mode: "gradient", wholeRow: true }, "#101010").background).toBe("#101010");
    expect(paintOf(look, "transparent")).toEqual({});
  });
  it("split lists into chips", () => {
    const words = (value: unknown) => pillsOf(value, { custom: {} }, true).map((one) => one.text);
    expect(words("a, b,,c")).toEqual(["a", "b", "c"]);
    expect(words('["a","b, c"]')).toEqual(["a", "b, c"]);
    expect(words(["x", 2])).toEqual(["x", "2"]);
    expect(words(null)).toEqual([]);
    const mappings = [{ type: "value" as const, options: { a: { text: "A", color: "red" } } }];
    expect(pillsOf("a", { custom: {}, mappings }, true)).toEqual([{ text: "A", color: "#e5615f" }]);
  });
  it("let pictures come from here only", () => {
    const here = "http://oriel.test/d/x";
    expect(pictureOf("/public/a.png", here)).toBe("http://oriel.test/public/a.png");
    expect(pictureOf("data:image/png;base64,AA==", here)).toBe("data:image/png;base64,AA==");
    for (const evil of [
      "https://elsewhere.test/a.png",
      "//elsewhere.test/a.png",
      "javascript:1",
      "data:text/html,x",
      "",
    ])
      expect(pictureOf(evil, here)).toBeUndefined();
  });
  it("take harmless style out of a column", () => {
    expect(
      styleOf(
        '{"background-color":"#fff","color":"red","position":"fixed","fontWeight":"bold","fontStyle":"url(x)"}',
        true,
      ),
    ).toEqual({ backgroundColor: "#ffffff", color: "#e5615f", fontWeight: "bold" });
    expect(styleOf("no json", true)).toEqual({});
  });
  it("show JSON whole", () => {
    expect(jsonText('{"a":[1]}', true)).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(jsonText("{broken")).toBe("{broken");
  });
});

describe("columns", () => {
  it("hide, align and name what is asked", () => {
    const frame = frameOf(
      fieldOf("a", ["x"], custom({ tooltip: { field: "more" }, minWidth: 200 })),
      fieldOf("b", [1], custom({ align: "center", filterable: true })),
      fieldOf("c", [2], { ...custom({ width: 80 }), displayName: "See" }),
      fieldOf("gone", [1], custom({ hidden: true })),
      fieldOf("more", ["told"], custom({ hideFrom: { viz: true } })),
    );
    const columns = columnsOf(frame);
    expect(columns.map(({ name, align, width, place }) => [name, align, width, place])).toEqual([
      ["a", "left", undefined, 0],
      ["b", "center", undefined, 1],
      ["See", "right", 80, 2],
    ]);
    expect(columns[0]?.tip?.field.values).toEqual(["told"]);
  });
  it("share the room by what they hold, and scroll when there is none", () => {
    const column = (wish: number, rest = {}) => ({
      name: String(wish),
      width: undefined,
      minWidth: undefined,
      wish,
      look: { wrap: false },
      ...rest,
    });
    expect(widthsOf([column(100), column(200)], 500)).toEqual([200, 300]);
    expect(widthsOf([column(100, { width: 90 }), column(200)], 500)).toEqual([90, 410]);
    expect(widthsOf([column(380), column(100)], 300)).toEqual([200, 100]);
    expect(widthsOf([column(380), column(300, { minWidth: 250 })], 200)).toEqual([120, 250]);
    expect(widthsOf([column(380, { look: { wrap: true } }), column(100)], 100)).toEqual([180, 100]);
    expect(widthsOf([column(100), column(100)], 180)).toEqual([90, 90]);
    expect(widthsOf([column(100), column(200)], 500, new Map([["100", 50]]))).toEqual([50, 450]);
    expect(widthsOf([column(33), column(33), column(33)], 100).reduce((a, b) => a + b)).toBe(100);
    expect(stuckAt([100, 50, 70], 2, 32)).toEqual([32, 132, undefined]);
  });
  it("become wider by an override of their name", () => {
    const made = withWidth(
      [{ matcher: { id: "byName", options: "b" }, properties: [{ id: "unit", value: "s" }] }],
      "a",
      99.6,
    );
    expect(made[1]).toEqual({
      matcher: { id: "byName", options: "a" },
      properties: [{ id: "custom.width", value: 100 }],
    });
    expect(withWidth(made, "b", 50)[0]).toEqual({
      matcher: { id: "byName", options: "b" },
      properties: [
        { id: "unit", value: "s" },
        { id: "custom.width", value: 50 },
      ],
    });
    expect(withWidth(withWidth(made, "a", 1), "a", 2)).toHaveLength(2);
  });
  it("of series side by side are a table each", () => {
    const value = (host: string) => makeField("Value", "number", [1, 2], { host });
    const frame = { refId: "A", fields: [makeField("Time", "time", [0, 1]), value("a"), value("b")] };
    expect(tables([frame, { refId: "B", fields: [] }])).toHaveLength(2);
  });
});

describe("rows", () => {
  const frame = frameOf(fieldOf("name", ["b", "a", "b", "c"]), fieldOf("size", [2, 10, 1, Number.NaN], { unit: "s" }));
  const columns = columnsOf(frame);
  const rows = [0, 1, 2, 3];
  it("are sorted by several columns", () => {
    expect(
      sortedRows(columns, rows, readSorts([{ displayName: "name" }, { displayName: "size", desc: true }])),
    ).toEqual([1, 0, 2, 3]);
    expect(sortedRows(columns, rows, [{ name: "size", down: true }])).toEqual([1, 0, 2, 3]);
    expect(sortedRows(columns, rows, [{ name: "gone", down: true }])).toBe(rows);
  });
  it("are sorted by clicks: up, down, as they came", () => {
    const up = clickedSort([], "a", false);
    expect(up).toEqual([{ name: "a", down: false }]);
    const down = clickedSort(up, "a", false);
    expect(down).toEqual([{ name: "a", down: true }]);
    expect(clickedSort(down, "a", false)).toEqual([]);
    expect(clickedSort(down, "b", true).map((one) => one.name)).toEqual(["a", "b"]);
    expect(clickedSort(down, "b", false).map((one) => one.name)).toEqual(["b"]);
  });
  it("are filtered by words, comparisons and ticks", () => {
    const asked = (name: string, ask: Partial<Ask>) =>
      askedRows(columns, rows, new Map([[name, { ...NO_ASK, ...ask }]]));
    expect(asked("name", { text: "B" })).toEqual([0, 2]);
    expect(asked("name", { text: "B", matchCase: true })).toEqual([]);
    expect(asked("name", { text: "a|c" })).toEqual([1, 3]);
    expect(asked("name", { text: "(" })).toEqual([]);
    expect(asked("name", { operator: "!=", text: "b" })).toEqual([1, 3]);
    expect(asked("size", { operator: ">=", text: "2" })).toEqual([0, 1]);
    expect(asked("size", { operator: "expression", text: "$ > 1 && $ < 10" })).toEqual([0]);
    expect(asked("size", { operator: "expression", text: "$ >" })).toEqual(rows);
    expect(asked("name", { ticked: new Set(["c"]) })).toEqual([3]);
    expect(asked("size", { ticked: new Set([wordsOf(columns[1] as never, 1)]) })).toEqual([1]);
    expect(
      choicesOf(columns[0] as never, rows, (a, b) => String(a).localeCompare(String(b))).map((one) => [
        one.words,
        one.rows,
      ]),
    ).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 1],
    ]);
  });
  it("are compared by expressions that never run", () => {
    const is = (written: string, value: unknown) => readExpression(written)?.({ words: String(value), value });
    expect(is("$ >= 10 || $ == 3", 3)).toBe(true);
    expect(is("!($ > 5)", 6)).toBe(false);
    expect(is("5 < $", 6)).toBe(true);
    expect(is('$ = "a b"', "a b")).toBe(true);
    expect(is("$ < 5", null)).toBe(false);
    for (const none of ["", "$", "$ > ", "alert(1)", "($ > 1", "$ > 1 $ < 2", "$ + 1 > 2", "$ constructor 1"])
      expect(readExpression(none)).toBeUndefined();
  });
  it("are written as CSV that no spreadsheet runs", () => {
    const written = [
      { name: "at", type: "time", values: [0, 1_000] },
      { name: "words", type: "string", values: ["=1+1", 'a "b", c'] },
    ];
    expect(csvOfColumns(written, [1, 0])).toBe(
      'at,words\n1970-01-01T00:00:01.000Z,"a ""b"", c"\n1970-01-01T00:00:00.000Z,\'=1+1',
    );
  });
});

describe("figures under the columns", () => {
  const feet = (options: object, ...fields: ReturnType<typeof fieldOf>[]) =>
    footOf(columnsOf(frameOf(...fields)), [0, 1], options as never)?.cells.map((cell) =>
      cell.map((one) => `${one.label}:${one.words}`),
    );
  const name = fieldOf("name", ["x", "y"]);
  const size = fieldOf("size", [1, 2], { unit: "s" });
  it("are one choice for all, as it was", () => {
    expect(feet({}, name, size)).toBeUndefined();
    expect(feet({ footer: { show: true, reducer: ["sum", "max"] } }, name, size)).toEqual([
      [":Total", ":Max"],
      [":3 s", ":2 s"],
    ]);
    expect(feet({ footer: { show: true, reducer: ["count"], countRows: true } }, name, size)).toEqual([
      ["Count:2"],
      [],
    ]);
    expect(feet({ footer: { show: true, reducer: ["sum"], fields: ["other"] } }, name, size)).toEqual([[":Total"], []]);
  });
  it("are of each column, as they are now", () => {
    const own = (...reducers: string[]) => ({ ...size, config: { ...size.config, custom: { footer: { reducers } } } });
    expect(feet({}, name, own("mean"))).toEqual([[":Mean"], [":1.5 s"]]);
    expect(feet({}, name, own("mean", "count"))).toEqual([[], ["Mean:1.5 s", "Count:2"]]);
  });
});

describe("small charts", () => {
  const series = (values: readonly (number | null)[]) =>
    ({
      refId: "A",
      fields: [
        makeField(
          "Time",
          "time",
          values.map((_, at) => at),
        ),
        makeField("v", "number", values),
      ],
    }) as DataFrame;
  const size = { width: 100, height: 20 };
  it("are lines with gaps, bars, or dots", () => {
    expect(sparkOf(series([0, 1, null, 0, 1]), {}, size, {}).line.match(/M/g)).toHaveLength(2);
    expect(sparkOf(series([0, 1, null, 0, 1]), { spanNulls: true }, size, {}).line.match(/M/g)).toHaveLength(1);
    expect(sparkOf(series([1, 2, 3]), { drawStyle: "bars" }, size, {}).bars).toHaveLength(3);
    expect(sparkOf(series([1, null, 3]), {}, size, {}).dots).toHaveLength(2);
    expect(sparkOf(series([5, 5]), {}, size, {}).line).toBe("M1 10L99 10");
    expect(sparkOf(series([0, 0]), {}, size, {}).line).toBe("M1 18L99 18");
    expect(sparkOf(series([5, 10]), {}, size, { min: 0, max: 10 }).line).toBe("M1 10L99 2");
    expect(sparkOf(series([null]), {}, size, {})).toEqual({ line: "", area: "", bars: [], dots: [] });
  });
});

it("keys lead through the table and stay in it", () => {
  const size = { rows: 50, columns: 3, page: 10 };
  const go = (key: string, row: number, column: number, ctrlKey = false) =>
    keyPlace({ key, ctrlKey, metaKey: false }, { row, column }, size);
  expect(go("ArrowDown", 0, 1)).toEqual({ row: 1, column: 1 });
  expect(go("ArrowUp", 0, 1)).toEqual({ row: 0, column: 1 });
  expect(go("PageDown", 45, 0)).toEqual({ row: 49, column: 0 });
  expect(go("End", 3, 0)).toEqual({ row: 3, column: 2 });
  expect(go("End", 3, 0, true)).toEqual({ row: 49, column: 2 });
  expect(go("x", 3, 0)).toBeUndefined();
});
