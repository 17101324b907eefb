import { describe, expect, it } from "vitest";
import { ago, bytes, count, duration, perTime, perTimeAlike, short } from "./number";
import { formatUnit, unitOfQuery } from "./unit";

describe("numbers", () => {
  it("are short", () => {
    const cases: [number, string][] = [
      [0, "0"],
      [1, "1"],
      [-1234, "-1.23k"],
      [999, "999"],
      [999.9, "1k"],
      [12_345_678, "12.3M"],
      [0.25, "0.25"],
      [0.000012, "12µ"],
      [Number.NaN, "NaN"],
      [Number.POSITIVE_INFINITY, "+Inf"],
      [100, "100"],
      [1e30, "1000000000000E"],
    ];
    for (const [value, text] of cases) expect(short(value)).toBe(text);
  });

  it("are rates that can be read", () => {
    const cases: [number, string][] = [
      [0, "0/s"],
      [0.25, "0.25/s"],
      [0.05, "3/min"],
      [1 / 3_600, "1/h"],
    ];
    for (const [value, text] of cases) expect(perTime(value)).toBe(text);
  });

  it("are compared in one unit", () => {
    const alike = perTimeAlike([0.05, 2, 0]);
    expect([0.05, 2, 0].map(alike)).toEqual(["3/min", "120/min", "0/min"]);
    expect(perTimeAlike([])(0)).toBe("0/s");
    expect(perTimeAlike([1 / 3_600, 1])(1)).toBe("3.6k/h");
  });

  it("carry units", () => {
    expect(bytes(1_536)).toBe("1.5 KiB");
    expect(bytes(0)).toBe("0 B");
    expect(duration(1_234_567)).toBe("1.23 ms");
    expect(duration(125e9)).toBe("2 m 5 s");
    expect(duration(3_600e9)).toBe("1 h");
    expect(duration(90_000e9)).toBe("1 d 1 h");
    expect(count(1, "line")).toBe("1 line");
    expect(count(2_345, "series", "series")).toBe("2,345 series");
    expect(ago(1_000, 13_500)).toBe("12 s ago");
  });
});

describe("units of queries", () => {
  const cases: [string, string][] = [
    ["node_memory_MemAvailable_bytes", "bytes"],
    ['rate(node_network_receive_bytes_total{device="eth0"}[5m])', "bytes/s"],
    ["sum by (mode) (rate(node_cpu_seconds_total[5m]))", "none"],
    ["histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", "seconds"],
    ["rate(http_requests_total[1m])", "1/s"],
    ["count(node_memory_MemFree_bytes)", "none"],
    ["node_memory_MemFree_bytes / node_memory_MemTotal_bytes", "none"],
    ["up", "none"],
    ["process_start_time_seconds", "timestamp"],
    ["rate(http_request_duration_seconds_count[5m])", "1/s"],
  ];
  for (const [expr, unit] of cases) it(expr, () => expect(unitOfQuery(expr)).toBe(unit));

  it("format", () => {
    expect(formatUnit(0.25, "ratio")).toBe("25 %");
    expect(formatUnit(2_048, "bytes/s")).toBe("2 KiB/s");
    expect(formatUnit(0.0015, "seconds")).toBe("1.5 ms");
  });
});
