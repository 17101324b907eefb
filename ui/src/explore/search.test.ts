import { describe, expect, it } from "vitest";
import { closePane, paneOf, validateExploreSearch, withOwnRange, withPane } from "./search";

it("keeps what is valid and drops the rest", () => {
  expect(validateExploreSearch({ signal: "logs", q: '{a="b"}', mode: "range" })).toEqual({
    signal: "logs",
    q: ['{a="b"}'],
  });
  expect(validateExploreSearch({ signal: "x", q: [1, "up"], mode: "instant" })).toEqual({ q: ["up"], mode: "instant" });
  expect(validateExploreSearch({ trace: "ABCDEF01", span: "zz" })).toEqual({ trace: "abcdef01" });
  expect(validateExploreSearch({ trace: "../etc", span: "01" })).toEqual({});
  expect(validateExploreSearch({ line: "1700000000000000001", cols: ["level", "", "level"] })).toEqual({
    line: "1700000000000000001",
    cols: ["level"],
  });
  expect(validateExploreSearch({ line: "12x", cols: [] })).toEqual({});
  expect(validateExploreSearch({ q: Array.from({ length: 50 }, String) }).q).toHaveLength(12);
});

describe("two panes", () => {
  const both = { signal: "logs", q: ["{}"], rsignal: "traces", rtrace: "ab", rspan: "01" } as const;

  it("are kept apart", () => {
    const read = validateExploreSearch({ ...both, q: ["{}"] });
    expect(read).toEqual({ ...both, q: ["{}"] });
    expect(paneOf(read, "right")).toEqual({ signal: "traces", trace: "ab", span: "01" });
    const pointed = withPane(read, "right", { line: "17", cols: ["a"] });
    expect([pointed.rline, pointed.rcols, paneOf(pointed, "right").line]).toEqual(["17", ["a"], "17"]);
    expect(withPane(read, "right", { trace: undefined, q: ["{ status = error }"] })).toEqual({
      ...both,
      rtrace: undefined,
      rq: ["{ status = error }"],
    });
  });
  it("need a signal for the right one", () => {
    expect(validateExploreSearch({ signal: "logs", rq: "x" })).toEqual({ signal: "logs" });
  });
  it("share the page's range, or the right one has its own", () => {
    expect(validateExploreSearch({ ...both, rfrom: "now-1d", rto: "now" })).toMatchObject({
      rfrom: "now-1d",
      rto: "now",
    });
    expect(validateExploreSearch({ ...both, rfrom: "now", rto: "now-1d" })).not.toHaveProperty("rfrom");
    expect(validateExploreSearch({ signal: "logs", rfrom: "now-1d", rto: "now" })).toEqual({ signal: "logs" });
    const own = withOwnRange(validateExploreSearch({ ...both }), { from: "1700000000000", to: "now" });
    expect(closePane(own, "left")).toMatchObject({ signal: "traces", from: "1700000000000", to: "now" });
    expect(closePane(own, "left")).not.toHaveProperty("rfrom");
    expect(closePane(own, "right")).not.toHaveProperty("from");
    expect(withOwnRange(own, undefined)).not.toHaveProperty("rto");
  });
  it("become one, and what is left is at the left", () => {
    const read = validateExploreSearch({ ...both, q: ["{}"] });
    expect(paneOf(closePane(read, "left"), "left")).toEqual({ signal: "traces", trace: "ab", span: "01" });
    expect(paneOf(closePane(read, "left"), "right")).toEqual({});
    expect(paneOf(closePane(read, "right"), "left")).toEqual({ signal: "logs", q: ["{}"] });
  });
});

it("reads links with panes as other tools write them", () => {
  const panes = {
    a: {
      datasource: "x",
      queries: [{ refId: "A", expr: "up", datasource: { type: "prometheus" } }],
      range: { from: "now-6h", to: "now" },
    },
    b: {
      datasource: "y",
      queries: [{ query: "{}", datasource: { type: "tempo" } }],
      range: { from: "now-1h", to: "now" },
    },
  };
  expect(validateExploreSearch({ panes: JSON.stringify(panes) })).toEqual({
    signal: "metrics",
    q: ["up"],
    from: "now-6h",
    to: "now",
    rsignal: "traces",
    rq: ["{}"],
    rfrom: "now-1h",
    rto: "now",
  });
  expect(validateExploreSearch({ panes: "{", signal: "logs" })).toEqual({ signal: "logs" });
  expect(validateExploreSearch({ panes: "{}" })).toEqual({});
});

it("opens links that hold each pane by itself", () => {
  const left = JSON.stringify({
    datasource: "Loki",
    queries: [{ refId: "A", expr: '{app="x"}' }],
    range: { from: "now-3h", to: "now" },
  });
  expect(validateExploreSearch({ left })).toEqual({ signal: "logs", q: ['{app="x"}'], from: "now-3h", to: "now" });
  const listed = JSON.stringify(["now-1h", "now", "Prometheus", { expr: "up" }, { mode: "Metrics" }]);
  expect(validateExploreSearch({ left: listed })).toEqual({ signal: "metrics", q: ["up"], from: "now-1h", to: "now" });
  expect(validateExploreSearch({ left: "{", q: "up", signal: "metrics" })).toEqual({ signal: "metrics", q: ["up"] });
});
