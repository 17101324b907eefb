import { expect, it } from "vitest";
import { bySignal, retentionOf } from "./blocksOf";

const block = (signal: string, level: number, start: number, bytes: number) => ({
  ...{ id: `${signal}${start}`, signal, level, start, end: start + 10, rows: 5, bytes },
});

it("sums blocks by signal and level", () => {
  const sums = bySignal([
    block("logs", 1, 100, 7),
    block("metrics", 0, 50, 1),
    block("logs", 0, 200, 2),
    block("logs", 0, 300, 3),
  ]);
  expect(sums.map((one) => [one.signal, one.count, one.bytes, one.from, one.to])).toEqual([
    ["metrics", 1, 1, 50, 60],
    ["logs", 3, 12, 100, 310],
  ]);
  expect(sums[1]?.levels).toEqual([
    { level: 0, count: 2, rows: 10, bytes: 5, from: 200, to: 310 },
    { level: 1, count: 1, rows: 5, bytes: 7, from: 100, to: 110 },
  ]);
  expect(bySignal([])).toEqual([]);
});

it("says how long a signal is kept", () => {
  const lines = [
    { path: "logs.retention", value: "30d" },
    { path: "logs.max_bytes", value: "'0'" },
    { path: "metrics.retention", value: "0s" },
    { path: "metrics.max_bytes", value: "10GiB" },
  ];
  expect(["logs", "metrics", "traces"].map((one) => retentionOf(one, lines))).toEqual([
    "kept for 30d",
    "kept up to 10GiB",
    "kept until deleted",
  ]);
});
