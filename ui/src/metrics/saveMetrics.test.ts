import { expect, it } from "vitest";
import type { Instant } from "../api/matrix";
import { matrixJson, vectorCsv, vectorJson } from "./saveMetrics";

it("writes series as the metrics API does", () => {
  const frame = {
    times: [1, 2, 3],
    series: [{ labels: { a: "1" }, values: new Float64Array([0.5, Number.NaN, Number.POSITIVE_INFINITY]) }],
  };
  expect(JSON.parse(matrixJson([frame, { times: [], series: [] }]))).toEqual({
    resultType: "matrix",
    result: [
      {
        metric: { a: "1" },
        values: [
          [1, "0.5"],
          [3, "+Inf"],
        ],
      },
    ],
  });
});

it("writes a table of now, whose labels are hostile", () => {
  const rows: Instant[] = [
    { labels: { b: "=1+1", __name__: "up" }, time: 5, value: 1, histogram: undefined },
    { labels: { a: 'x,"y"' }, time: 5, value: Number.NEGATIVE_INFINITY, histogram: undefined },
  ];
  expect(vectorCsv(rows)).toBe('__name__,a,b,value\nup,,\'=1+1,1\n,"x,""y""",,-Inf');
  expect(JSON.parse(vectorJson(rows)).result[1]).toEqual({ metric: { a: 'x,"y"' }, value: [5, "-Inf"] });
  expect(vectorCsv([])).toBe("value");
});
