import { describe, expect, it } from "vitest";
import { type DataFrame, makeField } from "../data/frame";
import { applyFieldOptions } from "../field/apply";
import { groupOf } from "../panels/table/columns";
import { transform } from "./transform";

const run = (frames: readonly DataFrame[], id: string, options: object = {}) =>
  transform(frames, [{ id, options: options as Readonly<Record<string, unknown>>, disabled: false }]).frames;

const plain = (frames: readonly DataFrame[]) =>
  frames.map((frame) => Object.fromEntries(frame.fields.map((one) => [one.name, [...one.values]])));

const series = (refId: string, xs: readonly number[], ys: readonly number[]): DataFrame => ({
  refId,
  fields: [makeField("Time", "time", xs), makeField("Value", "number", ys)],
});

const tablesIn = (values: readonly unknown[] | undefined) => (values ?? []) as readonly DataFrame[][];

describe("curves", () => {
  it("lays a line through points that are one, whatever their times", () => {
    const start = 1_700_000_000_000;
    const xs = [0, 1, 2, 3].map((one) => start + one * 60_000);
    const made = run([series("A", xs, [1, 3, 5, 7])], "regression", { predictionCount: 3 });
    expect(made).toHaveLength(2);
    expect(made[1]?.fields[0]?.values).toEqual([start, start + 90_000, start + 180_000]);
    for (const [at, value] of (made[1]?.fields[1]?.values ?? []).entries())
      expect(value).toBeCloseTo([1, 4, 7][at] ?? 0, 9);
  });
  it("lays a parabola, and leaves what decides no curve", () => {
    const square = series("A", [0, 1, 2, 3, 4], [0, 1, 4, 9, 16]);
    const made = run([square], "regression", { modelType: "polynomial", degree: 2, predictionCount: 5 });
    for (const [at, value] of (made[1]?.fields[1]?.values ?? []).entries()) expect(value).toBeCloseTo(at * at, 9);
    expect(run([series("A", [1], [1])], "regression")).toHaveLength(1);
  });
  it("smooths a wave under noise", () => {
    const xs = Array.from({ length: 400 }, (_, at) => at);
    const ys = xs.map((x) => Math.sin(x / 40) + (x % 2 === 0 ? 0.5 : -0.5));
    const [, smooth] = run([series("A", xs, ys)], "smoothing", { resolution: 200 });
    const values = (smooth?.fields[1]?.values ?? []) as number[];
    expect(smooth?.fields[1]?.name).toBe("Value (smoothed)");
    expect(Math.max(...values)).toBeLessThan(1.1);
    expect(Math.max(...values)).toBeGreaterThan(0.8);
  });
});

describe("settings out of an answer", () => {
  const config: DataFrame = {
    refId: "config",
    fields: [makeField("Max", "number", [10, 50]), makeField("kind", "string", ["x", "bytes"])],
  };
  it("go before those of the panel, and the answer goes", () => {
    const made = run([series("A", [1], [2]), config], "configFromData", {
      configRefId: "config",
      mappings: [{ fieldName: "kind", handlerKey: "unit" }],
    });
    expect(made.map((one) => one.refId)).toEqual(["A"]);
    const [time, value] = applyFieldOptions(made, { unit: "short", max: 1, min: 0, custom: {} }, [])[0]?.fields ?? [];
    expect(value?.config).toMatchObject({ unit: "bytes", max: 50, min: 0 });
    expect(time?.config.max).toBe(1);
  });
  it("name values row by row", () => {
    const words: DataFrame = {
      refId: "config",
      fields: [makeField("code", "string", ["1", "2"]), makeField("word", "string", ["up", "down"])],
    };
    const made = run([series("A", [1], [2]), words], "configFromData", {
      mappings: [
        { fieldName: "code", handlerKey: "mappings.value" },
        { fieldName: "word", handlerKey: "mappings.text" },
      ],
    });
    expect(made[0]?.fields[1]?.config.mappings).toEqual([
      { type: "value", options: { 1: { index: 0, text: "up" }, 2: { index: 1, text: "down" } } },
    ]);
  });
});

describe("tables together", () => {
  const table = (refId: string, columns: Readonly<Record<string, readonly unknown[]>>): DataFrame => ({
    refId,
    fields: Object.entries(columns).map(([name, values]) =>
      makeField(name, values.every((one) => typeof one === "number") ? "number" : "string", values),
    ),
  });
  it("are laid under each other by their columns", () => {
    expect(plain(run([table("A", { k: ["a"], v: [1] }), table("B", { k: ["b"], w: [2] })], "append"))).toEqual([
      { k: ["a", "b"], v: [1, null], w: [null, 2] },
    ]);
  });
  it("tell rows in groups, each group once", () => {
    const fields = { k: { operation: "groupby" }, v: { operation: "aggregate", aggregations: ["sum"] } };
    const made = run([table("A", { k: ["a", "b", "a"], v: [1, 2, 3] })], "groupToNestedTable", { fields });
    const [outer] = made;
    expect(plain([{ refId: "A", fields: outer?.fields.slice(0, 2) ?? [] }])).toEqual([
      { k: ["a", "b"], "v (sum)": [4, 2] },
    ]);
    const nested = outer?.fields[2];
    expect(nested?.type).toBe("frames");
    expect(tablesIn(nested?.values).map(plain)).toEqual([[{ v: [1, 3] }], [{ v: [2] }]]);
    // Who opened a group finds it open in the next answer, wherever it is there.
    const [later] = run([table("A", { k: ["c", "b"], v: [9, 2] })], "groupToNestedTable", { fields });
    expect(groupOf(later?.fields[2], 1)).toBe(groupOf(nested, 1));
    expect(groupOf(later?.fields[2], 0)).not.toBe(groupOf(nested, 0));
    // The options of the panel hold within groups too.
    const [shown] = applyFieldOptions(made, { unit: "bytes", custom: {} }, []);
    expect(tablesIn(shown?.fields[2]?.values)[0]?.[0]?.fields[0]?.config.unit).toBe("bytes");
  });
  it("have one column of times where they share it", () => {
    const made = run([series("A", [1, 2], [5, 6]), series("B", [2, 3], [7, 8])], "ensureColumns");
    expect(made).toHaveLength(1);
    expect(made[0]?.fields.map((one) => [...one.values])).toEqual([
      [1, 2, 3],
      [5, 6, null],
      [null, 7, 8],
    ]);
    const alone = [series("A", [1], [5])];
    expect(run(alone, "ensureColumns")).toEqual(alone);
    const apart = [series("A", [1], [5]), table("B", { k: ["x"] })];
    expect(run(apart, "ensureColumns")).toEqual(apart);
  });
  it("are counted into cells", () => {
    const options = { xBuckets: { mode: "size", value: "10" }, yBuckets: { mode: "count", value: "2" } };
    expect(plain(run([series("A", [0, 5, 12, 20], [0, 1, 9, 10])], "heatmap", options))).toEqual([
      { Time: [0, 10], "0 to 5": [2, 0], "5 to 10": [0, 2] },
    ]);
  });
  it("put their columns in order and leave those of a query out", () => {
    const one = table("A", { a: [1], b: [2], c: [3] });
    expect(Object.keys(plain(run([one], "order", { indexByName: { c: 0, a: 1 } }))[0] ?? {})).toEqual(["c", "a", "b"]);
    expect(
      run([one, table("B", { a: [1] })], "filterFrames", { exclude: { options: "A" } }).map((f) => f.refId),
    ).toEqual(["B"]);
  });
});
