import { describe, expect, it } from "vitest";
import { type Filter, ROOTS, readFilter, toggleFilter, writeFilter } from "./filters";
import { families, inOrder, relatedNames } from "./names";
import {
  compareQuery,
  linesQuery,
  metricQuery,
  numberQuery,
  spanQuery,
  spanSelector,
  topQuery,
  unwrapped,
  volumeQuery,
} from "./queries";
import { validateDrilldownSearch } from "./search";
import { differences } from "./traces/compare";

const filter = (text: string): Filter => {
  const read = readFilter(text);
  if (read === undefined) throw new Error(text);
  return read;
};

describe("filters", () => {
  it("are written as they are read", () => {
    for (const text of ["job=a", "job!=a=b", "json:user=ada", "pattern:pattern!=<_> x", "event:name=a"]) {
      expect(writeFilter(filter(text))).toBe(text);
    }
    expect(readFilter("=x")).toBeUndefined();
    expect(readFilter("x")).toBeUndefined();
  });
  it("are taken away by a second click, replaced by the opposite", () => {
    const one = filter("job=a");
    expect(toggleFilter([], one)).toEqual([one]);
    expect(toggleFilter([one], one)).toEqual([]);
    expect(toggleFilter([one], filter("job!=a"))).toEqual([filter("job!=a")]);
    expect(toggleFilter([one], filter("job=b"))).toHaveLength(2);
  });
  it("of the address are checked", () => {
    expect(validateDrilldownSearch({ signal: "logs", f: ["a=b", "x"], view: "patterns", measure: "<", of: 3 })).toEqual(
      {
        signal: "logs",
        f: ["a=b"],
        view: "patterns",
      },
    );
  });
});

describe("queries", () => {
  it("of metrics go by the kind of the metric", () => {
    expect(metricQuery("a_total", [filter('job="x')], "code")).toBe(
      'sum by (code) (rate(a_total{job="\\"x"}[$__rate_interval]))',
    );
    expect(metricQuery("a_bucket", [], "job")).toBe(
      "histogram_quantile(0.95, sum by (le, job) (rate(a_bucket[$__rate_interval])))",
    );
    expect(metricQuery("a.b", [filter("k8s.pod=x")], "k8s.pod")).toBe('avg by ("k8s.pod") ({"a.b", "k8s.pod"="x"})');
  });
  it("of metrics become one as asked, where their kind can", () => {
    expect(metricQuery("a_total", [], undefined, "max")).toBe("max (rate(a_total[$__rate_interval]))");
    expect(metricQuery("a", [], "b", "sum")).toBe("sum by (b) (a)");
    expect(metricQuery("a_bucket", [], undefined, "p50")).toContain("histogram_quantile(0.5, ");
    expect(metricQuery("a", [], undefined, "p50")).toBe("avg (a)");
    expect(validateDrilldownSearch({ how: "p99" })).toEqual({ how: "p99" });
    expect(spanQuery("rate", [ROOTS])).toBe("{ nestedSetParent = -1 } | rate()");
  });
  it("of lines parse only what is filtered by", () => {
    const filters = ["env!=dev", "json:user=ada", "pattern:pattern!=<_> done", "metadata:trace_id=1"].map(filter);
    expect(linesQuery("service_name", "a", filters)).toBe(
      '{service_name="a", env!="dev"} !> "<_> done" | json | user="ada" | trace_id="1"',
    );
    expect(volumeQuery(linesQuery("app", "a", [], "logfmt"), "user")).toBe(
      'sum by (user) (count_over_time({app="a"} | logfmt | drop __error__, __error_details__ [$__auto]))',
    );
  });
  it("of fields that are numbers or many", () => {
    const lines = linesQuery("app", "a", [], "json");
    expect(unwrapped("took", "duration")).toBe("duration(took)");
    expect(unwrapped("user", "string")).toBeUndefined();
    expect(numberQuery(lines, "ms")).toBe(
      'quantile_over_time(0.9, {app="a"} | json | unwrap ms | __error__="" [$__auto]) by ()',
    );
    expect(topQuery(lines, "id")).toBe(
      'topk(50, sum by (id) (count_over_time({app="a"} | json | drop __error__, __error_details__ [$__range])))',
    );
  });
  it("of spans quote what needs it", () => {
    const filters = ["resource.service.name=a", "status=error", "span.http.status_code!=500"].map(filter);
    expect(spanQuery("rate", filters, "name")).toBe(
      '{ resource.service.name = "a" && status = error && span.http.status_code != 500 } | rate() by (name)',
    );
    expect(spanQuery("errors", [])).toBe("{ status = error } | rate()");
    expect(spanQuery("duration", [])).toBe("{ } | quantile_over_time(duration, .5, .9, .99)");
    expect(spanSelector([filter("span.a b=c")])).toBe('{ span."a b" = "c" }');
    expect(compareQuery("duration", [], "1s")).toBe("{ } | compare({ duration > 1s }, 20)");
  });
});

it("a comparison finds what the selected spans have in common", () => {
  const series = (type: string, name: string, value: string, count: number) => ({
    labels: { __meta_type: type, [name]: value },
    values: [count, null],
  });
  const frame = {
    times: [0, 1],
    series: [
      series("selection", "span.version", "2", 9),
      series("selection", "span.version", "1", 1),
      series("baseline", "span.version", "1", 90),
      series("baseline", "span.version", "2", 10),
      series("selection", "span.region", "eu", 5),
      series("baseline", "span.region", "eu", 50),
      series("selection_total", "span.region", "nil", 10),
      series("baseline_total", "span.region", "nil", 100),
      series("selection", "trace:id", "x", 1),
    ],
  };
  const found = differences(frame);
  expect(found.map((one) => one.name)).toEqual(["span.version"]);
  expect(found[0]?.distance).toBeCloseTo(0.8);
  expect(found[0]?.values[0]).toMatchObject({ value: "2", selected: 0.9, others: 0.1 });
  expect(differences({ times: [], series: [] })).toEqual([]);
});

it("names have families and neighbours", () => {
  const names = [
    "http_requests_total",
    "http_seconds_bucket",
    "http_seconds_sum",
    "http_requests_failed",
    "up",
    "node_load1",
  ];
  expect(families(names, 2)).toEqual([{ prefix: "http_", count: 4 }]);
  expect(relatedNames(names, "http_requests_total", 9)).toEqual(["http_requests_failed", "http_seconds_bucket"]);
  expect(relatedNames(names, "up", 9)).toEqual([]);
});

it("lists metrics by their names, from the end, or by their series", () => {
  const counts = new Map([
    ["b", 3],
    ["c", 9],
  ]);
  expect(inOrder(["a", "b", "c"], undefined, counts)).toEqual(["a", "b", "c"]);
  expect(inOrder(["a", "b", "c"], "reverse", counts)).toEqual(["c", "b", "a"]);
  expect(inOrder(["a", "b", "c"], "series", counts)).toEqual(["c", "b", "a"]);
  expect(inOrder(["a", "b", "d"], "series", counts)).toEqual(["b", "a", "d"]);
  expect(validateDrilldownSearch({ order: "series" })).toEqual({ order: "series" });
  expect(validateDrilldownSearch({ order: "name" })).toEqual({});
});
