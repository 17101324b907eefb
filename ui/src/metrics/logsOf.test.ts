import { describe, expect, it } from "vitest";
import { logsOf, matchersOf } from "./logsOf";

describe("from a metric to the lines of the same labels", () => {
  it("keeps the labels that streams have", () => {
    const query = 'sum by (pod) (rate(a{namespace="x", pod=~"y.*", le="1"}[5m])) / b{namespace="x"}';
    expect(logsOf(query, ["service_name", "namespace", "pod"])).toBe('{namespace="x", pod=~"y.*"}');
  });
  it("finds the service by its usual names", () => {
    expect(logsOf('a{service="cart", code!="200"}', ["service_name", "env"])).toBe('{service_name="cart"}');
    expect(logsOf('a{job="api", env="dev"}', ["service_name", "env"])).toBe('{service_name="api", env="dev"}');
    expect(logsOf('a{job!="api"}', ["service_name"])).toBe('{service_name=~".+"}');
  });
  it("asks for all lines where nothing is in common", () => {
    expect(logsOf("up", ["service_name"])).toBe('{service_name=~".+"}');
    expect(logsOf('up{env!="x"}', ["env"])).toBe('{env!="x", env=~".+"}');
    expect(logsOf("up", [])).toBe('{service_name=~".+"}');
  });
  it("reads every way to quote, and broken text as far as it goes", () => {
    expect(matchersOf("a{x='it\\'s', y=`\\d`, z=\"\\\"\"}")).toEqual([
      { name: "x", op: "=", value: "it's" },
      { name: "y", op: "=", value: "\\d" },
      { name: "z", op: "=", value: '"' },
    ]);
    expect(matchersOf("sum(a{")).toEqual([]);
  });
});
