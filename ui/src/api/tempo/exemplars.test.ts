import { expect, it } from "vitest";
import { decodeExemplars } from "./exemplars";

const exemplar = (id: string, value: unknown, timestampMs = "1700000060000") => ({
  labels: [
    { key: "duration", value: { stringValue: "98ms" } },
    { key: "trace:id", value: { stringValue: id } },
  ],
  value,
  timestampMs,
});

it("finds the traces behind all series, each once", () => {
  const body = {
    series: [{ exemplars: [exemplar("ab", 0.1), exemplar("cd", 2)] }, { exemplars: [exemplar("ab", 0.1)] }],
  };
  expect(decodeExemplars(body)).toEqual([
    { time: 1_700_000_060, value: 0.1, id: "ab", label: "ab" },
    { time: 1_700_000_060, value: 2, id: "cd", label: "cd" },
  ]);
});

it("passes by what has no trace or no value, and answers that have none", () => {
  expect(decodeExemplars({ series: [{ exemplars: [exemplar("", 1), exemplar("ab", "NaN"), {}] }, {}] })).toEqual([]);
  expect(decodeExemplars("<html>")).toEqual([]);
});
