import { expect, it } from "vitest";
import { groupMetrics, startQuery } from "./metricGroups";

it("groups by first word and splits large families", () => {
  const node = Array.from({ length: 50 }, (_, index) => `node_${index % 2 ? "cpu" : "disk"}_${index}`);
  const groups = groupMetrics(["up", ...node], "");
  expect(groups.map((one) => [one.prefix, one.names.length])).toEqual([
    ["node_cpu", 25],
    ["node_disk", 25],
    ["up", 1],
  ]);
  expect(groupMetrics(["up", "node_load1"], "no LOAD").flatMap((one) => one.names)).toEqual(["node_load1"]);
});

it("asks what one wants to see", () => {
  expect(startQuery("up")).toBe("up");
  expect(startQuery("x_total")).toBe("rate(x_total[$__rate_interval])");
  expect(startQuery("x_seconds_bucket")).toContain("histogram_quantile");
  expect(startQuery("odd.name")).toBe('{"odd.name"}');
});
