import { expect, it } from "vitest";
import { drilledSignal, graphSearch, soloSearch } from "./formerLinks";

it("links of alerts lead to their graph or table", () => {
  expect(graphSearch({ "g0.expr": "up == 0", "g0.tab": "1" })).toEqual({
    signal: "metrics",
    q: ["up == 0"],
    mode: "instant",
  });
  expect(graphSearch({ "g0.expr": "a", "g1.expr": "b", "g0.range_input": "2h" })).toEqual({
    signal: "metrics",
    q: ["a", "b"],
    from: "now-2h",
    to: "now",
  });
  expect(graphSearch({ "g0.expr": "a", "g0.range_input": "1h", "g0.end_input": "2026-11-26 03:00:00" })).toEqual({
    signal: "metrics",
    q: ["a"],
    from: "1795658400000",
    to: "1795662000000",
  });
});

it("odd links still lead somewhere", () => {
  expect(graphSearch({ "g0.expr": 3, "g0.range_input": "soon" })).toEqual({ signal: "metrics" });
});

it("one framed panel, and rooms of apps", () => {
  expect(soloSearch({ panelId: "7", "var-job": "a", orgId: "1" })).toEqual({
    "var-job": "a",
    orgId: "1",
    viewPanel: "7",
    kiosk: "solo",
  });
  expect(drilledSignal("grafana-lokiexplore-app")).toBe("logs");
  expect(drilledSignal("grafana-metricsdrilldown-app")).toBe("metrics");
  expect(drilledSignal("grafana-exploretraces-app")).toBe("traces");
  expect(drilledSignal("k6-app")).toBeUndefined();
});
