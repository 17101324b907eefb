import { expect, it } from "vitest";
import { changedLabels } from "./changedLabels";

it("says what a rule changed", () => {
  expect(changedLabels({ a: "1", b: "2", c: "3" }, { a: "1", b: "x", d: "4" })).toEqual([
    'b="2" becomes "x"',
    "without c",
    'd="4"',
  ]);
  expect(changedLabels({ a: "1" }, { a: "1" })).toEqual([]);
});
