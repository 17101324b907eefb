import { describe, expect, it } from "vitest";
import { adviceOf, metricsOf } from "./advice";

const TYPES: Readonly<Record<string, string>> = {
  temp: "gauge",
  reqs: "counter",
  sizes: "histogram",
  odd_total: "gauge",
};
const mended = (query: string) => adviceOf(query, (metric) => TYPES[metric] ?? "")?.mended;

describe("what a query may mean otherwise", () => {
  const cases: [query: string, mended: string | undefined][] = [
    ["reqs", "rate(reqs[$__rate_interval])"],
    ['sum by (a) (x_total{b="c"})', 'sum by (a) (rate(x_total{b="c"}[$__rate_interval]))'],
    ["rate(x_total[5m])", undefined],
    ["sum(rate(x_total[$__rate_interval]))", undefined],
    ["count(x_total)", undefined],
    ["absent(x_total)", undefined],
    ["rate(temp[5m])", "deriv(temp[5m])"],
    ["sum(increase(temp[1h]))", "sum(delta(temp[1h]))"],
    ["temp", undefined],
    ["odd_total", undefined],
    ["x_bucket", "histogram_quantile(0.95, sum by (le) (rate(x_bucket[$__rate_interval])))"],
    ["sizes", "histogram_quantile(0.95, sum(rate(sizes[$__rate_interval])))"],
    ["histogram_quantile(0.9, sizes)", undefined],
    ["temp / x_total", "temp / rate(x_total[$__rate_interval])"],
    ["max_over_time(rate(x_total[5m])[1h:])", undefined],
    ["nope(", undefined],
    ['{__name__="x_total"}', undefined],
  ];
  for (const [query, expected] of cases) it(query, () => expect(mended(query)).toBe(expected));
});

it("names the metrics that are asked for", () => {
  expect(metricsOf('a / sum(rate(b{x="c"}[5m])) + a')).toEqual(["a", "b"]);
  expect(metricsOf("1")).toEqual([]);
});
