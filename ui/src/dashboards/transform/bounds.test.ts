// Tables and options that are made to hang a page, or to be taken for what every object has.
import { expect, it } from "vitest";
import { type DataFrame, makeField } from "../data/frame";
import { transform } from "./transform";

const column = (name: string, values: readonly unknown[]) =>
  makeField(name, values.every((one) => typeof one === "number") ? "number" : "string", values);
const table = (refId: string, ...fields: DataFrame["fields"][number][]): DataFrame => ({ refId, fields });
const run = (frames: readonly DataFrame[], id: string, options: Readonly<Record<string, unknown>> = {}) =>
  transform(frames, [{ id, options, disabled: false }]).frames;
const same = (many: number) => new Array<string>(many).fill("a");

it("joins no more rows than a page can hold, however often a key comes", () => {
  const frames = ["A", "B", "C", "D"].map((refId) => table(refId, column("k", same(300)), column(refId, same(300))));
  const [joined] = run(frames, "joinByField", { byField: "k", mode: "inner" });
  expect(joined?.fields[0]?.values.length).toBe(100_000);
});

it("parts many rows in time, and keys that only look alike", () => {
  const [part] = run([table("A", column("k", same(200_000)), column("n", same(200_000)))], "partitionByValues", {
    fields: ["k"],
  });
  expect(part?.fields[0]?.values.length).toBe(200_000);
  const alike = table("A", column("a", ["x y", "x"]), column("b", ["z", "y z"]), column("n", [1, 2]));
  expect(run([alike], "partitionByValues", { fields: ["a", "b"] }).length).toBe(2);
}, 5_000);

it("merges rows that contradict each other in time", () => {
  const many = Array.from({ length: 6_000 }, (_, row) => `${row}`);
  const wide = table("A", column("Time", new Array(6_000).fill(1)), column("x", many));
  const frames = run([wide, table("B", column("Time", [1]), column("y", ["z"]))], "merge");
  expect(frames[0]?.fields.map((one) => one.values.at(-1))).toEqual([1, "5999", "z"]);
}, 5_000);

it("reads pairs out of a long word in time, and no names of its own", () => {
  const lines = [`${"a".repeat(200_000)} b=1`, "constructor=2 __proto__=3"];
  const [frame] = run([table("A", column("Line", lines))], "extractFields", { source: "Line", format: "kvp" });
  const made = frame?.fields.slice(1).map((one) => [one.name, ...one.values]);
  expect(made).toEqual([
    ["b", "1", null],
    ["constructor", null, "2"],
  ]);
}, 5_000);

it("takes no option for what every object has", () => {
  const numbers = table("A", column("a", [1]), column("s", ["x"]));
  for (const [id, options] of [
    ["formatString", { outputFormat: "constructor", stringField: "s" }],
    ["calculateField", { mode: "binary", binary: { left: "a", operator: "constructor", right: "1" } }],
    ["convertFieldType", { conversions: [{ targetField: "a", destinationType: "constructor" }] }],
    ["histogram", { bucketSize: 1e-320 }],
  ] as const)
    expect(run([numbers], id, options), id).toEqual([numbers]);
});

it("chooses queries by a pattern each by itself", () => {
  const frames = ["A1", "A2", "A3"].map((refId) => table(refId));
  expect(run(frames, "filterByRefId", { include: "/A/g" }).length).toBe(3);
});
