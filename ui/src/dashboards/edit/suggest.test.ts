import { expect, it } from "vitest";
import { type DataFrame, makeField } from "../data/frame";
import { freeLetter } from "./names";
import { suggestedTypes } from "./suggest";

const time = makeField("Time", "time", [1, 2, 3]);
const numbers = (values: number[], labels?: Record<string, string>) => makeField("Value", "number", values, labels);
const frame = (...fields: DataFrame["fields"][number][]): DataFrame => ({ refId: "A", fields });

it("suggests by what was answered", () => {
  expect(suggestedTypes([])).toEqual([]);
  expect(suggestedTypes([frame(time, numbers([1, 2, 3]))])[0]).toBe("timeseries");
  expect(suggestedTypes([frame(numbers([1]))])).toEqual(["stat", "gauge", "table"]);
  expect(suggestedTypes([frame(makeField("job", "string", ["a", "b"]), numbers([1, 2]))])[0]).toBe("table");
  expect(suggestedTypes([frame(time, makeField("state", "string", ["a", "b", "a"]))])[0]).toBe("state-timeline");
  const buckets = [frame(time, numbers([1, 2, 3], { le: "1" })), frame(time, numbers([1, 2, 3], { le: "+Inf" }))];
  expect(suggestedTypes(buckets)[0]).toBe("heatmap");
});

it("does not suggest a gauge for each of many series", () => {
  const many = Array.from({ length: 30 }, () => frame(time, numbers([1, 2, 3])));
  expect(suggestedTypes(many)).not.toContain("gauge");
});

it("gives new queries the first letter that is free", () => {
  expect(freeLetter([])).toBe("A");
  expect(freeLetter(["B", "A", "D"])).toBe("C");
  expect(freeLetter(Array.from({ length: 27 }, (_, at) => (at < 26 ? String.fromCharCode(65 + at) : "AA")))).toBe("AB");
});
