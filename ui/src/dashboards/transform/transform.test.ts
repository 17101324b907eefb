import { describe, expect, it } from "vitest";
import { type DataFrame, makeField, plainValue, seriesIn } from "../data/frame";
import { applyFieldOptions } from "../field/apply";
import { KNOWN_TRANSFORMATIONS, transform } from "./transform";

const table = (refId: string, columns: Readonly<Record<string, readonly unknown[]>>): DataFrame => ({
  refId,
  fields: Object.entries(columns).map(([name, values]) =>
    makeField(
      name,
      name === "Time" ? "time" : values.every((one) => typeof one === "number") ? "number" : "string",
      values,
    ),
  ),
});

const plain = (frames: readonly DataFrame[]) =>
  frames.map((frame) => Object.fromEntries(frame.fields.map((one) => [one.name, [...one.values]])));

const run = (frames: readonly DataFrame[], id: string, options: object = {}) =>
  plain(transform(frames, [{ id, options: options as Readonly<Record<string, unknown>>, disabled: false }]).frames);

const A = table("A", { Time: [1, 2], job: ["x", "y"], "Value #A": [10, 20] });
const B = table("B", { Time: [1, 2], job: ["y", "z"], "Value #B": [5, 7] });

describe("transformations", () => {
  it("organize", () => {
    expect(
      run([A], "organize", {
        excludeByName: { Time: true },
        indexByName: { "Value #A": 0, job: 1 },
        renameByName: { job: "Job" },
      }),
    ).toEqual([{ "Value #A": [10, 20], Job: ["x", "y"] }]);
  });
  it("that rename columns leave what goes by their former names in force", () => {
    const steps = [{ id: "organize", options: { renameByName: { job: "Job" } }, disabled: false }];
    const hide = { matcher: "byName", argument: "job", properties: [{ id: "custom.hidden", value: true }] };
    const [frame] = applyFieldOptions(transform([A], steps).frames, { custom: {} }, [hide]);
    expect(frame?.fields.map((one) => [one.name, one.config.custom.hidden])).toEqual([
      ["Time", undefined],
      ["Job", true],
      ["Value #A", undefined],
    ]);
  });
  it("join by a column", () => {
    expect(run([A, B], "joinByField", { byField: "job", mode: "outer" })).toEqual([
      {
        job: ["x", "y", "z"],
        "Time 1": [1, 2, null],
        "Value #A": [10, 20, null],
        "Time 2": [null, 1, 2],
        "Value #B": [null, 5, 7],
      },
    ]);
    expect(run([A, B], "joinByField", { byField: "job", mode: "inner" })[0]?.job).toEqual(["y"]);
  });
  it("join rows of a key that comes many times, each beside each", () => {
    const disks = table("A", { host: ["a", "a", "b"], disk: ["x", "y", "z"] });
    const hosts = table("B", { host: ["a", "c"], zone: ["north", "south"] });
    expect(run([disks, hosts], "joinByField", { byField: "host", mode: "inner" })).toEqual([
      { host: ["a", "a"], disk: ["x", "y"], zone: ["north", "north"] },
    ]);
    expect(run([disks, hosts], "joinByField", { byField: "host", mode: "outerTabular" })).toEqual([
      { host: ["a", "a", "b", "c"], disk: ["x", "y", "z", null], zone: ["north", "north", null, "south"] },
    ]);
  });
  it("merge", () => {
    const left = table("A", { job: ["x", "y"], "Value #A": [1, 2] });
    const right = table("B", { job: ["y", "x"], "Value #B": [3, 4] });
    expect(run([left, right], "merge")).toEqual([{ job: ["x", "y"], "Value #A": [1, 2], "Value #B": [4, 3] }]);
  });
  it("merge rows by the columns that all have, side by side where they contradict each other", () => {
    const pods = table("A", { pod: ["a", "b", "a"], node: ["1", "1", "2"], "Value #A": [1, 2, 3] });
    const owners = table("B", { pod: ["a", "c"], owner: ["x", "y"] });
    expect(run([pods, owners], "merge")).toEqual([
      {
        pod: ["a", "a", "b", "c"],
        node: ["1", "2", "1", null],
        "Value #A": [1, 3, 2, null],
        owner: ["x", "x", null, "y"],
      },
    ]);
    const none = { refId: "B", fields: [makeField("Time", "time", []), makeField("Value #B", "number", [])] };
    expect(run([A, none], "merge")).toEqual(plain([A]));
    const apart = [table("A", { a: ["x"] }), table("B", { b: ["x"] })];
    expect(run(apart, "merge")).toEqual([{ a: ["x"] }, { b: ["x"] }]);
  });
  it("lay series under each other, and leave tables alone", () => {
    const series = {
      refId: "A",
      fields: [makeField("Time", "time", [1]), makeField("Value", "number", [2], { job: "x" })],
    };
    expect(run([series], "seriesToRows")).toEqual([{ Time: [1], Metric: ["x"], Value: [2] }]);
    expect(run([A, B], "seriesToRows")).toEqual(plain([A, B]));
  });
  it("group and reduce", () => {
    const rows = table("A", { k: ["a", "b", "a"], v: [1, 2, 3] });
    const fields = { k: { operation: "groupby" }, v: { operation: "aggregate", aggregations: ["sum"] } };
    expect(run([rows], "groupBy", { fields })).toEqual([{ k: ["a", "b"], "v (sum)": [4, 2] }]);
    expect(run([rows], "reduce", { reducers: ["max", "mean"] })).toEqual([{ Field: ["v"], Max: [3], Mean: [2] }]);
  });
  it("filter and sort rows", () => {
    const rows = table("A", { k: ["a", "b", "c"], v: [3, 1, 2] });
    expect(run([rows], "sortBy", { sort: [{ field: "v", desc: true }] })[0]?.k).toEqual(["a", "c", "b"]);
    expect(run([rows], "limit", { limitField: 1 })[0]?.k).toEqual(["a"]);
    const filters = [{ fieldName: "v", config: { id: "greater", options: { value: 1 } } }];
    expect(run([rows], "filterByValue", { type: "include", match: "any", filters })[0]?.k).toEqual(["a", "c"]);
    expect(run([rows], "filterByValue", { type: "exclude", match: "any", filters })[0]?.k).toEqual(["b"]);
  });
  it("names", () => {
    expect(Object.keys(run([A], "renameByRegex", { regex: "Value #(.*)", renamePattern: "$1" })[0] ?? {})).toContain(
      "A",
    );
    expect(Object.keys(run([A], "filterFieldsByName", { include: { pattern: "/^job$/" } })[0] ?? {})).toEqual(["job"]);
  });
  it("columns out of text", () => {
    const lines = table("A", { Line: ['{"a":1,"b":"x"}', 'a=2 b="y z"'] });
    expect(run([lines], "extractFields", { source: "Line", replace: true })).toEqual([
      { a: [1, "2"], b: ["x", "y z"] },
    ]);
  });
  it("calculate", () => {
    const rows = table("A", { a: [1, 2], b: [3, 4] });
    const binary = { left: "a", operator: "*", right: "b" };
    expect(run([rows], "calculateField", { mode: "binary", alias: "c", binary })[0]?.c).toEqual([3, 8]);
    expect(run([rows], "calculateField", { mode: "reduceRow", reduce: { reducer: "sum" } })[0]?.Total).toEqual([4, 6]);
  });
  it("labels to columns", () => {
    const frame = {
      refId: "A",
      fields: [makeField("Time", "time", [1]), makeField("Value", "number", [2], { job: "x" })],
    };
    expect(run([frame], "labelsToFields")).toEqual([{ Time: [1], Value: [2], job: ["x"] }]);
    expect(Object.keys(run([frame], "labelsToFields")[0] ?? {})).toEqual(["Time", "Value", "job"]);
    expect(run([A, B], "labelsToFields", { keepLabels: ["job"] })).toEqual(plain([A, B]));
  });
  it("that are not known change nothing and are named", () => {
    const step = { id: "unheard", options: {}, disabled: false };
    const made = transform([A], [step, step]);
    expect(made.notes).toEqual(["The transformation “unheard” is not known here; the data is shown without it."]);
    expect(made.frames).toEqual([A]);
  });
});

describe("tables of another shape", () => {
  const frame: DataFrame = {
    refId: "A",
    fields: [
      makeField("Time", "time", [0, 0, 60_000]),
      makeField("host", "string", ["a", "b", "a"]),
      makeField("Value", "number", [1, 2, 3]),
    ],
  };
  const run = (id: string, options: object, frames: readonly DataFrame[] = [frame]) =>
    transform(frames, [{ id, options: options as never, disabled: false }]).frames.map((one) =>
      Object.fromEntries(one.fields.map((field) => [field.legend ?? field.name, field.values.map(plainValue)])),
    );
  it("is taken apart by values", () => {
    expect(run("partitionByValues", { fields: ["host"] })).toEqual([
      { Time: [0, 60_000], a: [1, 3] },
      { Time: [0], b: [2] },
    ]);
  });
  it("becomes a matrix, and is turned round", () => {
    expect(run("groupingToMatrix", { columnField: "host", rowField: "Time", valueField: "Value" })).toEqual([
      { "Time\\host": [0, 60_000], a: [1, 3], b: [2, null] },
    ]);
    const small: DataFrame = {
      refId: "A",
      fields: [makeField("k", "string", ["x", "y"]), makeField("v", "number", [1, 2])],
    };
    expect(run("transpose", {}, [small])).toEqual([{ k: ["v"], x: [1], y: [2] }]);
    expect(run("rowsToFields", {}, [small])).toEqual([{ x: [1], y: [2] }]);
  });
  it("is counted into buckets", () => {
    expect(run("histogram", { bucketSize: 2 })).toEqual([{ xMin: [0, 2], xMax: [2, 4], Value: [1, 2] }]);
    expect(run("histogram", {}, [{ refId: "A", fields: [makeField("v", "number", [5, 5])] }])[0]?.v).toEqual([2]);
  });
  it("has times and words in other forms", () => {
    expect(run("formatTime", { timeField: "Time", outputFormat: "[at] X" })[0]?.Time).toEqual([
      "at 0",
      "at 0",
      "at 60",
    ]);
    expect(run("formatString", { stringField: "host", outputFormat: "Upper Case" })[0]?.host).toEqual(["A", "B", "A"]);
  });
  it("is made of series by their labels", () => {
    const series: DataFrame = {
      refId: "A",
      fields: [
        makeField("Time", "time", [0, 1]),
        makeField("Value", "number", [1, 2], { host: "a", kind: "in" }),
        makeField("Value", "number", [3, 4], { host: "a", kind: "out" }),
      ],
    };
    expect(run("joinByLabels", { value: "kind" }, [series])).toEqual([{ host: ["a"], in: [2], out: [4] }]);
    expect(run("timeSeriesTable", {}, [series])).toEqual([
      { host: ["a", "a"], kind: ["in", "out"], "Trend #A": [2, 4] },
    ]);
    const [trends] = transform([series], [{ id: "timeSeriesTable", options: {}, disabled: false }]).frames;
    const cell = seriesIn(trends?.fields.at(-1)?.values[1]);
    expect(cell?.fields.map((one) => one.values)).toEqual([
      [0, 1],
      [3, 4],
    ]);
    expect(run("prepareTimeSeries", { format: "long" }, [series])[0]?.Value).toEqual([1, 2, 3, 4]);
    expect(run("prepareTimeSeries", {}, [series])).toHaveLength(2);
  });
  it("never throws on nothing", () => {
    for (const id of KNOWN_TRANSFORMATIONS) {
      for (const frames of [[], [{ refId: "A", fields: [] }], [frame]]) run(id, {}, frames);
    }
  });
});

describe("calculated fields", () => {
  const rows = table("A", { Time: [1, 2, 3, 4], v: [1, -2, 3, 4] });
  const made = (options: object) => {
    const [frame] = run([rows], "calculateField", options);
    return Object.entries(frame ?? {}).at(-1);
  };
  it("are functions, sums so far, windows and numbers of rows", () => {
    expect(made({ mode: "unary", unary: { operator: "abs", fieldName: "v" } })).toEqual(["abs(v)", [1, 2, 3, 4]]);
    const total = { mode: "cumulativeFunctions", cumulative: { field: "v", reducer: "sum" } };
    expect(made(total)).toEqual(["cumulative sum(v)", [1, -1, 2, 6]]);
    const window = { field: "v", reducer: "mean", windowSizeMode: "fixed", windowSize: 2 };
    expect(made({ mode: "windowFunctions", window })?.[1]).toEqual([1, -0.5, 0.5, 3.5]);
    const centered = { ...window, windowSize: 3, windowAlignment: "centered" };
    expect(made({ mode: "windowFunctions", window: centered })?.[1]).toEqual([-0.5, 2 / 3, 5 / 3, 3.5]);
    expect(made({ mode: "index", index: { asPercentile: true }, alias: "p" })).toEqual(["p", [0, 1 / 3, 2 / 3, 1]]);
    expect(made({ mode: "reduceRow", reduce: { reducer: "mean" } })?.[0]).toBe("Mean");
    expect(made({ mode: "constructor" })?.[0]).toBe("v");
  });
  it("take columns of several queries, and each column of one kind", () => {
    const a = {
      refId: "A",
      fields: [makeField("Time", "time", [1, 2]), makeField("Value", "number", [6, 8], {}, "in")],
    };
    const b = {
      refId: "B",
      fields: [makeField("Time", "time", [1, 2]), makeField("Value", "number", [2, 4], {}, "all")],
    };
    const share = { mode: "binary", binary: { left: "in", operator: "/", right: "all" }, replaceFields: true };
    expect(run([a, b], "calculateField", share)).toEqual([{ Time: [1, 2], "in / all": [3, 2] }]);
    const each = {
      mode: "binary",
      binary: { left: { matcher: { id: "byType", options: "number" } }, operator: "*", right: { fixed: "100" } },
    };
    expect(made(each)).toEqual(["v * 100", [100, -200, 300, 400]]);
  });
});

it("takes parts of JSON by their paths", () => {
  const lines = table("A", { line: ['{"a":{"b":[5,{"c":"x"}]}}', '{"a":1}'] });
  const options = {
    source: "line",
    format: "json",
    replace: true,
    jsonPaths: [{ path: "a.b[0]", alias: "first" }, { path: "a.b[1].c" }],
  };
  expect(run([lines], "extractFields", options)).toEqual([{ first: [5, null], "a.b[1].c": ["x", null] }]);
});

it("renames by a bare pattern only what it matches whole", () => {
  const rows = table("A", { "in-total": [1], total: [2] });
  expect(run([rows], "renameByRegex", { regex: "total", renamePattern: "all" })).toEqual([
    { "in-total": [1], all: [2] },
  ]);
  expect(run([rows], "renameByRegex", { regex: "/-?total/", renamePattern: "" })[0]).toHaveProperty("in");
});
