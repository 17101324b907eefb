import { expect, it } from "vitest";
import type { Instant } from "../api/matrix";
import { LETTER, nextSort, type Sort, sortInstants, VALUE } from "./instantSort";

const rows: { letter: string; row: Instant }[] = [
  { letter: "B", row: { labels: { cpu: "10" }, time: 0, value: Number.NaN, histogram: undefined } },
  { letter: "A", row: { labels: { cpu: "9" }, time: 0, value: 2, histogram: undefined } },
  { letter: "A", row: { labels: {}, time: 0, value: 3, histogram: undefined } },
];
const order = (sort: Sort | undefined) => sortInstants(rows, sort).map((one) => one.row.labels.cpu ?? "none");

it("sorts by value, label and query, and gives the order of the answer back", () => {
  expect(order(undefined)).toEqual(["10", "9", "none"]);
  expect(order({ by: VALUE, down: true })).toEqual(["none", "9", "10"]);
  expect(order({ by: VALUE, down: false })).toEqual(["9", "none", "10"]);
  expect(order({ by: "cpu", down: false })).toEqual(["none", "9", "10"]);
  expect(order({ by: LETTER, down: true })).toEqual(["10", "9", "none"]);
});

it("a head is clicked three times", () => {
  const once = nextSort(undefined, VALUE);
  expect([once, nextSort(once, VALUE), nextSort(nextSort(once, VALUE), VALUE)]).toEqual([
    { by: VALUE, down: true },
    { by: VALUE, down: false },
    undefined,
  ]);
  expect(nextSort(once, "cpu")).toEqual({ by: "cpu", down: false });
});
