import { expect, it } from "vitest";
import { parseDashboard } from "../model/parse";
import { framesOf } from "./expressions";
import { planPanel } from "./plan";

const range = { from: 1_700_000_000_000, to: 1_700_003_600_000 };

function planOf(...targets: object[]) {
  const dashboard = parseDashboard({ panels: [{ id: 1, type: "timeseries", targets }] });
  const [panel] = dashboard.panels;
  if (panel === undefined) throw new Error("no panel");
  const scope = new Map([["factor", "2"]]);
  const raw = { from: "now-1h", to: "now" };
  return planPanel({ dashboard, panel, variables: new Map(), scope, range, raw, now: range.to, width: 600 });
}

const EXPRESSION = {
  refId: "B",
  datasource: { type: "__expr__", uid: "__expr__" },
  type: "math",
  expression: "$A * $factor",
};

it("asks expressions together with what they read, also where that is hidden", () => {
  const { queries } = planOf({ refId: "A", expr: "up", hide: true }, EXPRESSION);
  expect(queries.map((one) => [one.mode, one.expr])).toEqual([["expressions", "B: $A * 2"]]);
  expect(queries[0]?.batch).toMatchObject([
    { refId: "A", expr: "up", hide: true, datasource: { uid: "oriel-metrics" } },
    { refId: "B", type: "math", expression: "$A * 2", hide: false },
  ]);
  const shown = planOf({ refId: "A", expr: "up" }, EXPRESSION);
  expect(shown.queries.map((one) => one.mode)).toEqual(["range", "expressions"]);
  const hidden = planOf({ refId: "A", expr: "up", hide: true }, { ...EXPRESSION, hide: true });
  expect(hidden.queries).toEqual([]);
});

it("reads frames of answers, and says why there are none", () => {
  const schema = {
    fields: [
      { name: "Time", type: "time" },
      { name: "B", type: "number", labels: { job: "a" } },
    ],
  };
  const [frame] = framesOf({ results: { B: { status: 200, frames: [{ schema, data: { values: [[1], [null]] } }] } } });
  expect(frame).toMatchObject({
    refId: "B",
    fields: [
      { type: "time", values: [1] },
      { labels: { job: "a" }, values: [null] },
    ],
  });
  expect(() => framesOf({ results: { B: { status: 400, error: "reads itself", frames: [] } } })).toThrow(
    "reads itself",
  );
  expect(framesOf(null)).toEqual([]);
});
