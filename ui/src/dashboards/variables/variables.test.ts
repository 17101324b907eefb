import { describe, expect, it } from "vitest";
import { parseDashboard } from "../model/parse";
import { splitOptions } from "../model/parts/variable";
import { interpolate, type Lookup, type Value } from "./interpolate";
import { applyPattern, readQuestion, sortOptions } from "./options";
import { choose, chosenValue, fixedOptions, inOrder, macroLookup } from "./values";

const VALUES: Readonly<Record<string, Value>> = {
  job: { values: ["api"], texts: ["API"], many: false },
  path: { values: ['C:\\a"b'], texts: ["p"], many: false },
  jobs: { values: ["a.b", "c"], texts: ["A", "C"], many: true },
  all: { values: [".*"], texts: ["All"], many: true, verbatim: true },
  nested: { values: ["x-$job"], texts: [""], many: false, verbatim: true },
  at: { values: ["1700000000000"], texts: [""], many: false },
};
const lookup: Lookup = (name) => VALUES[name];

describe("interpolate", () => {
  const cases: [string, string][] = [
    ['up{job="$job"}', 'up{job="api"}'],
    ["$jobname $job_x ${job}x", "$jobname $job_x apix"],
    ['{p="$path"}', '{p="C:\\\\a\\"b"}'],
    ['{j=~"$jobs"}', '{j=~"(a\\\\.b|c)"}'],
    ['{j=~"[[jobs]]"}', '{j=~"(a\\\\.b|c)"}'],
    ['{j=~"$all"}', '{j=~".*"}'],
    ["{a='it\\'s', p='$path'}", "{a='it\\'s', p='C:\\\\a\"b'}"],
    ['{a="x"} |~ `$jobs` |= `$path`', '{a="x"} |~ `(a\\.b|c)` |= `C:\\a"b`'],
    ['sum by ($path) (x{a="\\""})', 'sum by (C:\\a"b) (x{a="\\""})'],
    ["${jobs:csv}", "a.b,c"],
    ["${jobs:pipe}", "a.b|c"],
    ["${jobs:regex}", "(a\\.b|c)"],
    ["${jobs:glob}", "{a.b,c}"],
    ["${jobs:json}", '["a.b","c"]'],
    ["${jobs:singlequote}", "'a.b','c'"],
    ["${jobs:doublequote}", '"a.b","c"'],
    ["${jobs:sqlstring}", "'a.b','c'"],
    ["${jobs:queryparam}", "var-jobs=a.b&var-jobs=c"],
    ["${jobs:distributed}", "a.b,jobs=c"],
    ["${jobs:join:;}", "a.b;c"],
    ["${jobs:text}", "A + C"],
    ["${jobs:lucene}", '("a.b" OR "c")'],
    ["[[jobs:pipe]]", "a.b|c"],
    ["${at:date:YYYY}", "2023"],
    ["${at:date:iso}", "2023-11-14T22:13:20.000Z"],
    ["$nested", "x-api"],
    ['label_replace(x, "a", "$1", "b", "(.*)")', 'label_replace(x, "a", "$1", "b", "(.*)")'],
    ["$unknown ${unknown:csv}", "$unknown ${unknown:csv}"],
  ];
  for (const [text, expected] of cases) it(text, () => expect(interpolate(text, lookup, "query")).toBe(expected));

  it("never loops and never throws", () => {
    const self: Lookup = () => ({ values: ["$a$a"], texts: [], many: false, verbatim: true });
    expect(interpolate("$a", self, "plain").length).toBeLessThan(200);
    for (const text of ["${", "[[", "$", "${a:", "${a:date:x}", "[[a:]]"]) interpolate(text, lookup, "query");
    const many: Lookup = () => ({ values: ["$a".repeat(500)], texts: [], many: false, verbatim: true });
    expect(interpolate("$a", many, "plain").length).toBeLessThan(2_000_000);
  });

  it("takes no name for what every object has", () => {
    const clock = { range: { from: 0, to: 1 }, raw: { from: "now-1h", to: "now" }, stepMs: 1, scrapeMs: 1 };
    const macros = macroLookup(clock, { uid: "u", title: "t" }, new Map());
    const odd = "$__proto__ $constructor $valueOf ${toString}";
    expect(interpolate(odd, macros, "plain")).toBe(odd);
    expect(interpolate("${job:__proto__} ${job:toString}", lookup, "plain")).toBe("api api");
  });
});

it("escapes markup for the html format", () => {
  const hostile: Lookup = () => ({ values: ['<img src=x onerror="a">'], texts: [], many: false });
  expect(interpolate("${a:html}", hostile, "plain")).toBe("&lt;img src=x onerror=&quot;a&quot;&gt;");
});

it("reads questions", () => {
  expect(readQuestion('label_values(up{a="b", c=~"d,e"}, job)\n')).toEqual({
    kind: "label_values",
    selector: 'up{a="b", c=~"d,e"}',
    label: "job",
  });
  expect(readQuestion("label_values(job)")).toEqual({ kind: "label_values", selector: "", label: "job" });
  expect(readQuestion("query_result(topk(5, up))")).toEqual({ kind: "query_result", expr: "topk(5, up)" });
  expect(readQuestion("metrics(node_.*)")).toEqual({ kind: "metrics", pattern: "node_.*" });
  expect(readQuestion("nonsense").kind).toBe("unknown");
});

describe("options", () => {
  const options = (...values: string[]) => values.map((value) => ({ text: value, value }));
  it("are filtered by pattern", () => {
    expect(applyPattern(options("a-1", "b-2", "a-1"), "/a-(\\d)/")).toEqual(options("1"));
    expect(applyPattern(options("n=1"), "/(?<text>\\w)=(?<value>\\w)/")).toEqual([{ text: "n", value: "1" }]);
    expect(applyPattern(options("ab", "a"), "a")).toEqual(options("a"));
    expect(applyPattern(options("a"), "/(/")).toEqual(options("a"));
  });
  it("are sorted", () => {
    const all = options("b10", "b9", "A");
    expect(sortOptions(all, 1).map((one) => one.value)).toEqual(["A", "b10", "b9"]);
    expect(sortOptions(all, 3).map((one) => one.value)).toEqual(["b9", "b10", "A"]);
    expect(sortOptions(all, 8).map((one) => one.value)).toEqual(["b10", "b9", "A"]);
    expect(sortOptions(all, 0)).toEqual(all);
  });
  it("are empty where the group of the pattern takes no part", () => {
    const found = applyPattern([{ text: "up{}", value: "up{}" }], "/up(_seconds|)?/");
    expect(found).toEqual([{ text: "", value: "" }]);
  });
  it("are split from text", () => {
    expect(splitOptions("a, b\\,c, Name : value, None :  , At : 10:00 : x, ")).toEqual([
      { text: "a", value: "a" },
      { text: "b,c", value: "b,c" },
      { text: "Name", value: "value" },
      { text: "None", value: "" },
      { text: "At : 10:00", value: "x" },
    ]);
  });
});

it("questions of logs and traces are told by their parts", () => {
  const asked = (query: object) => {
    const list = [{ name: "v", type: "query", query }];
    return parseDashboard({ panels: [], templating: { list } }).variables[0]?.query;
  };
  expect(asked({ type: 0, refId: "Loki" })).toBe("label_names()");
  expect(asked({ type: 1, label: "app", stream: '{a="b"}' })).toBe('label_values({a="b"}, app)');
  expect(asked({ type: 1, label: "http.target" })).toBe("label_values(http.target)");
});

describe("chosen values", () => {
  const made = (json: object) => {
    const [variable] = parseDashboard({
      title: "x",
      templating: { list: [{ name: "v", type: "query", ...json }] },
    }).variables;
    if (variable === undefined) throw new Error("no variable");
    return variable;
  };
  const options = [
    { text: "a", value: "a" },
    { text: "b", value: "b" },
  ];
  it("come from the URL, the file, or the first option", () => {
    expect(choose(made({}), options, ["b"])).toEqual(["b"]);
    expect(choose(made({ current: { value: "b" } }), options, undefined)).toEqual(["b"]);
    expect(choose(made({ current: { value: "gone" } }), options, undefined)).toEqual(["a"]);
    expect(choose(made({ includeAll: true, current: { value: "$__all" } }), options, undefined)).toEqual(["$__all"]);
    expect(choose(made({ includeAll: true, current: { value: "gone" } }), options, undefined)).toEqual(["$__all"]);
    expect(choose(made({ includeAll: true }), options, ["All"])).toEqual(["$__all"]);
    expect(choose(made({ multi: true }), options, ["a", "b"])).toEqual(["a", "b"]);
    expect(choose(made({}), options, ["gone"])).toEqual(["gone"]);
    expect(choose(made({}), options, ["gone"], true)).toEqual(["a"]);
    expect(choose(made({ multi: true }), options, ["gone", "b"], true)).toEqual(["b"]);
    expect(choose(made({ includeAll: true }), options, ["gone"], true)).toEqual(["$__all"]);
  });
  it("of all are the value for all, or every option", () => {
    const chosen = ["$__all"];
    expect(chosenValue({ variable: made({ includeAll: true, allValue: ".+" }), options, chosen }).values).toEqual([
      ".+",
    ]);
    expect(chosenValue({ variable: made({ includeAll: true }), options, chosen }).values).toEqual(["a", "b"]);
    expect(chosenValue({ variable: made({ includeAll: true }), options: [], chosen }).values).toEqual([".*"]);
  });
});

it("orders variables by what they need, and survives cycles", () => {
  const names = (list: object[]) =>
    inOrder(parseDashboard({ title: "x", templating: { list } }).variables).map((one) => one.name);
  expect(
    names([
      { name: "b", type: "query", query: 'label_values(x{a="$a"}, y)' },
      { name: "a", type: "query", query: "label_values(x, y)", datasource: "$ds" },
      { name: "ds", type: "datasource", query: "prometheus" },
    ]),
  ).toEqual(["ds", "a", "b"]);
  expect(
    names([
      { name: "a", type: "query", query: "$b" },
      { name: "b", type: "query", query: "$a" },
    ]),
  ).toHaveLength(2);
});

it("offers the data sources whose names fit the pattern, and all where none does", () => {
  const list = [{ name: "ds", type: "datasource", query: "loki", regex: "/Oriel/" }];
  const [variable] = parseDashboard({ panels: [], templating: { list } }).variables;
  const offered = (pattern?: string) => variable && fixedOptions(variable, pattern)?.map((one) => one.value);
  expect([offered(), offered("/^other-cluster/")]).toEqual([["oriel-logs"], ["oriel-logs"]]);
});
