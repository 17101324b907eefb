import { expect, it } from "vitest";
import { isSameRows, moved, partsOf, plainRow, rowsOf, withTexts } from "./rows";
import { closePane, paneOf, validateExploreSearch, withPane } from "./search";

const UP = plainRow("up");
const RATE = { text: "rate(a[5m])", hidden: true, legend: "{{job}}", step: "1m" };

it("come out of the URL as they went in, and leave it alone while they are as usual", () => {
  expect(partsOf([UP])).toEqual({ q: ["up"] });
  const parts = partsOf([UP, RATE]);
  expect(parts).toEqual({ q: ["up", "rate(a[5m])"], hide: "B", legend: ["", "{{job}}"], step: ["", "1m"] });
  expect(rowsOf(validateExploreSearch({ signal: "metrics", ...parts }))).toEqual([UP, RATE]);
});

it("lose those without a text, with all that is theirs", () => {
  expect(partsOf([{ ...UP, text: " ", legend: "x" }, RATE])).toEqual({
    q: ["rate(a[5m])"],
    hide: "A",
    legend: ["{{job}}"],
    step: ["1m"],
  });
});

it("keep their ways when each gets another text", () => {
  expect(withTexts([UP, RATE], ["a", "b"])).toEqual([plainRow("a"), { ...RATE, text: "b" }]);
  expect(withTexts([UP, RATE], ["a"])).toEqual([plainRow("a")]);
});

it("change places", () => {
  expect(moved([UP, RATE], 1, -1)).toEqual([RATE, UP]);
  expect(moved([UP, RATE], 1, 1)).toEqual([UP, RATE]);
  expect(isSameRows([UP, RATE], [UP, { ...RATE, step: " 1m" }])).toBe(true);
  expect(isSameRows([UP, RATE], [UP, { ...RATE, hidden: false }])).toBe(false);
});

it("are the right pane's own, and go with it to the left", () => {
  const both = withPane(validateExploreSearch({ signal: "logs", q: "{}" }), "right", {
    signal: "metrics",
    ...partsOf([RATE]),
  });
  expect(both).toMatchObject({ rhide: "A", rlegend: ["{{job}}"], rstep: ["1m"] });
  expect(rowsOf(paneOf(validateExploreSearch({ ...both }), "right"))).toEqual([RATE]);
  const one = validateExploreSearch({ ...closePane(both, "left") });
  expect(rowsOf(paneOf(one, "left"))).toEqual([RATE]);
});

it("are dropped where the URL says nonsense", () => {
  const read = validateExploreSearch({ signal: "metrics", q: "up", hide: "A<", step: "fast", legend: "x".repeat(500) });
  expect(rowsOf(read)).toEqual([UP]);
});
