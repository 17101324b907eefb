import { describe, expect, it } from "vitest";
import { decodeTargets } from "../api/prometheus/targets";
import { decodeTsdbStatus } from "../api/prometheus/tsdbStatus";
import { metricQuery, pairQuery, valuesQuery } from "./cardinality/cardinalityQueries";
import { validateServerSearch } from "./search";

describe("queries of the cardinality page", () => {
  it("quote what comes from labels", () => {
    expect(metricQuery('a"b')).toBe('{__name__="a\\"b"}');
    expect(pairQuery('path=/x?a="1"')).toBe('topk(50, count by (__name__) ({path="/x?a=\\"1\\""}))');
    expect(valuesQuery("le")).toBe('topk(50, count by (le) ({le!=""}))');
  });
  it("are not made of names that are none", () => {
    expect(pairQuery("=x")).toBeUndefined();
    expect(pairQuery("a) or vector(1)=x")).toBeUndefined();
    expect(valuesQuery("service.name")).toBeUndefined();
  });
});

describe("answers", () => {
  it("that are odd are read as far as they go", () => {
    expect(decodeTsdbStatus(null).byMetric).toEqual([]);
    expect(decodeTsdbStatus({ data: { seriesCountByMetricName: [{ name: "up", value: "2" }, 7] } }).byMetric).toEqual([
      { name: "up", value: 2 },
      { name: "", value: 0 },
    ]);
    const [one] = decodeTargets({
      data: { activeTargets: [{ labels: { job: "a" }, health: "down", lastError: "refused" }] },
    });
    expect(one).toMatchObject({ job: "a", health: "down", error: "refused", seconds: undefined });
  });
  it("of the URL are one of the tabs", () => {
    expect(validateServerSearch({ tab: "storage" })).toEqual({ tab: "storage" });
    expect(validateServerSearch({ tab: "<img>" })).toEqual({});
  });
});
