import { describe, expect, it } from "vitest";
import { LOGQL } from "./logqlBuild";
import { type Dialect, kindOf, moveStep, NOTHING } from "./model";
import { PROMQL } from "./promqlBuild";
import { TRACEQL } from "./traceqlBuild";

/** Texts as the builder writes them: they must come back letter by letter. */
const KEPT: readonly [string, Dialect, readonly string[]][] = [
  [
    "PromQL",
    PROMQL,
    [
      "up",
      '{job="a", x!~"b|c"}',
      'rate(http_requests_total{code=~"5.."}[5m])',
      "sum by (job, code) (rate(a[$__rate_interval]))",
      "sum without (instance) (a)",
      "histogram_quantile(0.95, sum by (le) (rate(a_bucket[5m])))",
      "topk(5, sum(rate(a[1m])))",
      "clamp_max(abs(a), 10)",
      "a * 100",
      "(a / 2) > 0.5",
      "quantile_over_time(0.9, a[1h])",
      'a{path="C:\\\\x \\"quoted\\""}',
    ],
  ],
  [
    "LogQL",
    LOGQL,
    [
      '{app="a"}',
      '{app="a", env=~"x|y"} |= "error" !~ "time ?out" | json | level = "error" | took > 5s',
      '{app="a"} | pattern "<ip> - <_>" | line_format "{{.ip}}" | drop a, b',
      'sum by (level) (count_over_time({app="a"} | logfmt [$__auto]))',
      'topk(5, sum by (x) (rate({app="a"} [1m])))',
      'max_over_time({app="a"} | logfmt | unwrap took [5m])',
    ],
  ],
  [
    "TraceQL",
    TRACEQL,
    [
      '{ resource.service.name = "a" && status = error && duration > 100ms }',
      '{ span.http.status_code >= 500 && name =~ "GET .*" }',
      "{ } | rate() by (resource.service.name)",
      "{ kind = server } | quantile_over_time(duration, 0.95) by (name, span.http.route)",
      "{ status = error } | count() > 2 | select(span.http.url)",
      '{ .db.system = "error" }',
    ],
  ],
];

/** Texts that say more than the builder shows. */
const REFUSED: readonly [string, Dialect, readonly string[]][] = [
  [
    "PromQL",
    PROMQL,
    [
      "a + b",
      "a + 2 * 3",
      "a[5m]",
      "rate(a)",
      "a offset 5m",
      "a @ end()",
      "rate(a[5m:1m])",
      "sum by (a) (x) by (b)",
      "1",
      "a{",
      'a{x="y"} extra',
      "rate(rate(a[5m]))",
      "label_replace(a, 'x', '', '', '')",
    ],
  ],
  [
    "LogQL",
    LOGQL,
    [
      '{app="a"} |= "x" or "y"',
      "sum(rate({}[1m])) / 2",
      '{app="a"} | json x="y"',
      '{app="a"} | a="b" or c="d"',
      '{app="a"} | unwrap x',
      '{app="a"} | status != 500',
      '{app="a"} | took > "5"',
      'sum by (x) ({app="a"})',
      'avg_over_time({app="a"} [1m])',
    ],
  ],
  [
    "TraceQL",
    TRACEQL,
    [
      "{ a = 1 || b = 2 }",
      "{ } >> { }",
      "{ name = foo }",
      "{ } | by(x)",
      "{ (a = 1) }",
      '{ .a = "12" }',
      '{ kind = "server" }',
    ],
  ],
];

for (const [name, dialect, texts] of KEPT) {
  describe(name, () => {
    it.each(texts)("keeps %s", (text) => {
      const built = dialect.parse(text);
      expect(built).toBeDefined();
      for (const step of built?.steps ?? []) {
        const kind = kindOf(dialect.kinds, step.kind);
        expect(kind?.args, step.kind).toHaveLength(step.args.length);
      }
      expect(built === undefined ? undefined : dialect.print(built)).toBe(text);
    });
  });
}

for (const [name, dialect, texts] of REFUSED) {
  it.each(texts)(`${name} leaves to the text: %s`, (text) => expect(dialect.parse(text)).toBeUndefined());
}

it("reads other ways to write the same", () => {
  const built = PROMQL.parse(" sum( rate( a { x = `y` , } [5m] ) ) by ( job ) ");
  expect(built === undefined ? "" : PROMQL.print(built)).toBe('sum by (job) (rate(a{x="y"}[5m]))');
});

it("what is empty stays empty, and unfinished conditions are left out", () => {
  for (const dialect of [PROMQL, LOGQL, TRACEQL]) expect(dialect.print(NOTHING)).toBe("");
  for (const dialect of [PROMQL, LOGQL, TRACEQL]) expect(dialect.parse("  ")).toEqual(NOTHING);
  expect(
    PROMQL.print({
      subject: "a",
      conditions: [{ name: "", op: "=", value: "" }],
      steps: [{ kind: "sum", args: [""] }],
    }),
  ).toBe("sum(a)");
});

it("a window over a step is a subquery, metrics come after stages", () => {
  const steps = [
    { kind: "sum", args: ["x"] },
    { kind: "max_over_time", args: ["1h"] },
  ];
  expect(PROMQL.print({ subject: "a", conditions: [], steps })).toBe("max_over_time((sum by (x) (a))[1h:])");
  const late = [
    { kind: "sum", args: ["x"] },
    { kind: "|=", args: ["y"] },
  ];
  expect(LOGQL.print({ subject: "", conditions: [{ name: "a", op: "=", value: "b" }], steps: late })).toBe(
    'sum by (x) (count_over_time({a="b"} |= "y" [$__auto]))',
  );
});

it("steps change places within their list", () => {
  const [a, b] = [
    { kind: "a", args: [] },
    { kind: "b", args: [] },
  ];
  expect(moveStep([a, b], 0, 1)).toEqual([b, a]);
  expect(moveStep([a, b], 0, -1)).toEqual([a, b]);
});

it("no text is read into something that prints as another query", () => {
  // Broken pieces of good queries, from a fixed seed.
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((seed / 4_294_967_296) * below);
  };
  for (const [, dialect, texts] of KEPT) {
    for (let round = 0; round < 2_000; round += 1) {
      const text = texts[random(texts.length)] ?? "";
      const at = random(text.length);
      const broken = text.slice(0, at) + text.slice(at + 1 + random(4));
      const built = dialect.parse(broken);
      if (built === undefined) continue;
      const again = dialect.parse(dialect.print(built));
      expect(again, broken).toEqual(built);
    }
  }
});
