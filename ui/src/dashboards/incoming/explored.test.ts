import { expect, it } from "vitest";
import { record } from "../../api/decode";
import { parsePanel } from "../model/parse";
import { exploredPanel } from "./explored";

const panel = (part: Partial<Parameters<typeof exploredPanel>[0]>) =>
  parsePanel(
    record(
      exploredPanel({ signal: "metrics", queries: ["up"], isInstant: false, isMetric: true, title: "t", ...part }),
    ),
  );

it("shows what was asked as Explore does", () => {
  expect(panel({})).toMatchObject({ type: "timeseries", title: "t", targets: [{ refId: "A", expr: "up" }] });
  expect(panel({ isInstant: true })).toMatchObject({ type: "table", targets: [{ format: "table" }] });
  expect(panel({ queries: ["a", "b"] }).targets.map((one) => [one.refId, one.expr])).toEqual([
    ["A", "a"],
    ["B", "b"],
  ]);
  expect(panel({ signal: "logs", queries: ['{a="b"}'], isMetric: false })).toMatchObject({
    type: "logs",
    source: { uid: "oriel-logs" },
    targets: [{ expr: '{a="b"}' }],
  });
  expect(panel({ signal: "logs" }).type).toBe("timeseries");
  expect(panel({ signal: "traces", queries: ["{}"], isMetric: false })).toMatchObject({
    type: "table",
    targets: [{ expr: "{}", queryType: "traceql" }],
  });
});
