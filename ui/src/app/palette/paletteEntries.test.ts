import { expect, it } from "vitest";
import { findEntries, score } from "./paletteEntries";

it("ranks start, word, inside, scattered", () => {
  expect(score("node_load1", "node")).toBe(0);
  expect(score("node_load1", "load")).toBe(1);
  expect(score("node_load1", "oad")).toBe(2);
  expect(score("node_load1", "nl1")).toBe(3);
  expect(score("node_load1", "x")).toBeUndefined();
});

it("finds and bounds", () => {
  const entries = Array.from({ length: 100 }, (_, index) => ({
    kind: "metrics" as const,
    label: `m_${index}`,
    hint: "metric",
  }));
  expect(findEntries(entries, "")).toHaveLength(40);
  expect(findEntries(entries, "m_99").map((one) => one.label)).toEqual(["m_99"]);
});
