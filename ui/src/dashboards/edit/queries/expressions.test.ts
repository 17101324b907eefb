import { expect, it } from "vitest";
import { moved } from "../moved";
import { EXPRESSION_KINDS, expressionOf, isExpression, readNames, renames } from "./expressions";

it("an expression begins with what another kind read", () => {
  for (const { value } of EXPRESSION_KINDS) {
    const made = expressionOf(value, {}, ["A", "B"]);
    expect([isExpression(made), readNames(made)]).toEqual([true, ["B"]]);
  }
  const math = { refId: "C", hide: true, type: "math", expression: "$A / ${B}" };
  expect(expressionOf("reduce", math, ["A", "B", "C"])).toMatchObject({ refId: "C", hide: true, expression: "A" });
});

it("what is read keeps being read under another name", () => {
  const source = { type: "__expr__" };
  const targets = [
    { refId: "A", expr: 'up{a="$A"}' },
    { refId: "B", datasource: source, type: "math", expression: "$A + ${A} * $AB" },
    { refId: "C", datasource: source, type: "reduce", expression: "$A" },
    { refId: "D", datasource: source, type: "threshold", expression: "B" },
    {
      refId: "E",
      datasource: source,
      type: "classic_conditions",
      conditions: [{ query: { params: ["B"] } }, { query: { params: ["A"] } }],
    },
  ];
  expect(renames(targets, 0, "all up")).toEqual([
    { path: [0, "refId"], value: "all up" },
    { path: [1, "expression"], value: "${all up} + ${all up} * $AB" },
    { path: [2, "expression"], value: "$all up" },
    { path: [4, "conditions", 1, "query", "params", 0], value: "all up" },
  ]);
});

it("moves one item and leaves the others in their order", () => {
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b"], 0, -1)).toBeUndefined();
  expect(moved(["a", "b"], 1, 2)).toBeUndefined();
});
