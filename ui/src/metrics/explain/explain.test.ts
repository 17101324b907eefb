import { expect, it } from "vitest";
import { explain, flatten } from "./explain";

const outline = (text: string) => {
  const root = explain(text);
  return root === undefined
    ? undefined
    : flatten(root).map(
        ({ part, depth }) => `${"  ".repeat(depth)}${part.text} | ${part.says} | ${part.counted ?? "-"}`,
      );
};

it("says what each part of a query does", () => {
  expect(outline('histogram_quantile(0.9, sum by (le) (rate(a{x="y"}[5m]))) / on (job) group_left b')).toEqual([
    'histogram_quantile(0.9, sum by (le) (rate(a{x="y"}[5m]))) / on (job) group_left b | Left divided by right, on (job) group_left | histogram_quantile(0.9, sum by (le) (rate(a{x="y"}[5m]))) / on (job) group_left b',
    '  histogram_quantile(0.9, sum by (le) (rate(a{x="y"}[5m]))) | Quantile out of the buckets of each histogram | histogram_quantile(0.9, sum by (le) (rate(a{x="y"}[5m])))',
    '    sum by (le) (rate(a{x="y"}[5m])) | Sum, one for each le | sum by (le) (rate(a{x="y"}[5m]))',
    '      rate(a{x="y"}[5m]) | Growth per second of each counter, over its window | rate(a{x="y"}[5m])',
    '        a{x="y"}[5m] | Series of a where x is "y", each with its samples of the last 5m | a{x="y"}',
    "  b | Series of b | b",
  ]);
});

it("knows times, subqueries, signs and aggregation after the fact", () => {
  expect(outline("max_over_time(rate(a[5m])[1h:1m])")?.[1]).toBe(
    "  rate(a[5m])[1h:1m] | Evaluated every 1m over the last 1h | -",
  );
  expect(outline("sum(a offset 1h) without (x)")).toEqual([
    "sum(a offset 1h) without (x) | Sum, one for each set of labels without x | sum(a offset 1h) without (x)",
    "  a offset 1h | As it was 1h ago | a offset 1h",
    "    a | Series of a | a",
  ]);
  expect(outline("-(a) > bool 3")?.slice(1)).toEqual([
    "  -(a) | With the other sign | -(a)",
    "    a | Series of a | a",
  ]);
  expect(outline("rate(a[5m] offset 1h)")?.[1]).toBe("  a[5m] offset 1h | As it was 1h ago | -");
});

it("does not explain what is no query", () => {
  for (const text of ["", "sum(", "a[", "a{b=}", "<script>"]) expect(explain(text)).toBeUndefined();
});
