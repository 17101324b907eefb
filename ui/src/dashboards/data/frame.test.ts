import { expect, it } from "vitest";
import { csvOfColumns } from "./csv";
import { displayNames, fromGrid } from "./frame";
import { reduceValues } from "./reducers";

const names = (labels: readonly Record<string, string>[], legend = "") => {
  const series = labels.map((one) => ({ labels: one, values: [1] }));
  const frame = fromGrid("A", { times: [0], series }, legend, "sum(up)");
  const shown = displayNames([frame]);
  return frame.fields.filter((one) => one.type === "number").map((one) => shown.get(one));
};

it("names series by what tells them apart", () => {
  expect(names([{ service: "payment" }])).toEqual(["payment"]);
  expect(names([{ service: "a" }, { service: "b" }])).toEqual(["a", "b"]);
  expect(names([{ __name__: "up", job: "a" }])).toEqual(["up"]);
  expect(names([{ job: "a", door: "x" }])).toEqual(['{job="a", door="x"}']);
  expect(
    names([
      { job: "a", door: "x" },
      { job: "a", door: "y" },
    ]),
  ).toEqual(["x", "y"]);
  expect(names([{ job: "a" }], "of {{job}}")).toEqual(["of a"]);
  expect(names([{ job: "a" }], "{{node}}")).toEqual(["a"]);
  expect([names([{}]), names([{}], "__auto"), names([{}], "all")]).toEqual([["sum(up)"], ["sum(up)"], ["all"]]);
});

it("writes times that no calendar has as numbers", () => {
  const columns = [{ name: "t", type: "time", values: [0, 1e20, null] }];
  expect(csvOfColumns(columns, [0, 1, 2])).toBe("t\n1970-01-01T00:00:00.000Z\n100000000000000000000\n");
});

it("finds no least of nothing", () => {
  expect(reduceValues([0, -1], "logmin")).toBeNull();
  expect(reduceValues([5], "step")).toBeNull();
  expect(reduceValues([0, 3], "logmin")).toBe(3);
});
