import { describe, expect, it } from "vitest";
import { type DataFrame, makeField } from "../data/frame";
import { parseDashboard } from "../model/parse";
import { seriesOf } from "../panels/compute/series";
import { planPanel } from "./plan";

const HOUR = 3_600_000;
const range = { from: 1_700_000_000_000, to: 1_700_000_000_000 + HOUR };

function plannedOf(timeCompare: string, type = "timeseries") {
  const targets = [{ refId: "A", expr: "up", exemplar: true }];
  const dashboard = parseDashboard({ panels: [{ id: 1, type, targets, timeCompare }] });
  const [panel] = dashboard.panels;
  if (panel === undefined) throw new Error("no panel");
  const raw = { from: "now-1h", to: "now" };
  const scope = new Map<string, string>();
  const plan = planPanel({ dashboard, panel, variables: new Map(), scope, range, raw, now: range.to, width: 600 });
  return plan.queries;
}

describe("a panel that compares", () => {
  it("asks the same of an earlier time", () => {
    const [now, before] = plannedOf("1d");
    expect(before).toMatchObject({ expr: "up", laterMs: 24 * HOUR, exemplars: false });
    expect((now?.startMs ?? 0) - (before?.startMs ?? 0)).toBe(24 * HOUR);
    expect(plannedOf("__previousPeriod")[1]?.laterMs).toBe(HOUR);
    expect(plannedOf("1M")[1]?.laterMs).toBe(30 * 24 * HOUR);
  });
  it("asks once where nothing is said, or nothing that is a time, or where there is no time to see", () => {
    for (const [told, type] of [[""], ["soon"], ["1d", "stat"]]) expect(plannedOf(told ?? "", type)).toHaveLength(1);
  });
  it("draws both in one colour, the earlier one dashed and named so", () => {
    const frame = (refId: string, isBefore: boolean): DataFrame => ({
      refId,
      fields: [
        makeField("Time", "time", [1_000]),
        ...["a", "b"].map((job) => ({
          ...makeField("Value", "number", [1], { __name__: "up", job }),
          ...(isBefore ? { isBefore: true as const } : {}),
        })),
      ],
    });
    const { series } = seriesOf([frame("A", false), frame("A-compare", true)], true);
    expect(series.map((one) => one.name)).toEqual(["a", "b", "a (comparison)", "b (comparison)"]);
    expect(series[2]?.color).toBe(series[0]?.color);
    expect(series[3]?.config.custom).toMatchObject({ lineStyle: { fill: "dash" }, fillOpacity: 0 });
  });
});

it("draws yes and no as one and zero", () => {
  const field = makeField("up", "boolean", [true, null, false]);
  const { series } = seriesOf([{ refId: "A", fields: [makeField("Time", "time", [1, 2, 3]), field] }], true);
  expect(series[0]?.values).toEqual([1, null, 0]);
});
