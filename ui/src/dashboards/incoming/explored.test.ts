import { expect, it } from "vitest";
import { record } from "../../api/decode";
import { plainRow } from "../../explore/rows";
import { parsePanel } from "../model/parse";
import { exploredPanel } from "./explored";

const panel = (part: Partial<Parameters<typeof exploredPanel>[0]>) =>
  parsePanel(
    record(
      exploredPanel({
        signal: "metrics",
        rows: [plainRow("up")],
        isInstant: false,
        isMetric: true,
        title: "t",
        ...part,
      }),
    ),
  );

it("shows what was asked as Explore does", () => {
  expect(panel({})).toMatchObject({ type: "timeseries", title: "t", targets: [{ refId: "A", expr: "up" }] });
  expect(panel({ isInstant: true })).toMatchObject({ type: "table", targets: [{ format: "table" }] });
  expect(panel({ rows: [plainRow("a"), plainRow("b")] }).targets.map((one) => [one.refId, one.expr])).toEqual([
    ["A", "a"],
    ["B", "b"],
  ]);
  expect(panel({ signal: "logs", rows: [plainRow('{a="b"}')], isMetric: false })).toMatchObject({
    type: "logs",
    source: { uid: "oriel-logs" },
    targets: [{ expr: '{a="b"}' }],
  });
  expect(panel({ signal: "logs" }).type).toBe("timeseries");
  expect(panel({ signal: "traces", rows: [plainRow("{}")], isMetric: false })).toMatchObject({
    type: "table",
    targets: [{ expr: "{}", queryType: "traceql" }],
  });
});

it("keeps what a row says of itself", () => {
  const rows = [{ text: "up", hidden: true, legend: "{{job}}", step: "5m" }];
  expect(panel({ rows }).targets).toMatchObject([{ expr: "up", hide: true, legend: "{{job}}", interval: "5m" }]);
  expect(exploredPanel({ signal: "metrics", rows, isInstant: false, isMetric: true, title: "" })).toMatchObject({
    targets: [{ hide: true, legendFormat: "{{job}}", interval: "5m" }],
  });
});
