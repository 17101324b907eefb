import { describe, expect, it } from "vitest";
import { millis, nanosBetween } from "../api/loki/nanos";
import type { RawEntry } from "../api/loki/query";
import { entryOf, fieldsOf, levelOf, traceOf } from "./entry";
import { parseLine, summarize } from "./fields";
import { addFilter, isLineQuery, markExpressions, markLine, plainText, selectorOf, toggleFilter } from "./filters";

const raw = (part: Partial<RawEntry>): RawEntry => ({
  ns: "1795168800000000001",
  line: "",
  stream: {},
  metadata: {},
  parsed: {},
  ...part,
});

describe("levels", () => {
  const cases: [Partial<RawEntry>, string][] = [
    [{ metadata: { detected_level: "warn" }, line: "ERROR" }, "warn"],
    [{ stream: { level: "ERR" } }, "error"],
    [{ line: 'ts=1 level=info msg="no error"' }, "info"],
    [{ line: '{"severity":"Fatal"}' }, "critical"],
    [{ line: "2026-11-25 DEBUG x" }, "debug"],
    [{ line: "an error in prose" }, "unknown"],
  ];
  for (const [part, level] of cases) it(JSON.stringify(part), () => expect(levelOf(raw(part))).toBe(level));
});

describe("fields", () => {
  it("come from logfmt and JSON", () => {
    expect(parseLine('a=1 b="x \\"y\\"" c.d=2').map((one) => [one.name, one.value])).toEqual([
      ["a", "1"],
      ["b", 'x "y"'],
      ["c_d", "2"],
    ]);
    expect(parseLine('{"a":{"b":1,"c":[1]},"9":true,"n":null}').map((one) => [one.name, one.value])).toEqual([
      ["a_b", "1"],
      ["_9", "true"],
    ]);
    expect(parseLine('{"broken')).toEqual([]);
    expect(parseLine("plain text")).toEqual([]);
  });

  it("prefer what the server parsed", () => {
    const fields = fieldsOf(entryOf(raw({ line: "a=1", parsed: { a: "2" }, stream: { s: "3" } }), 1));
    expect(fields.map((one) => `${one.from}:${one.name}=${one.value}`)).toEqual(["label:s=3", "parsed:a=2"]);
  });

  it("rank ids last", () => {
    const lines = Array.from({ length: 20 }, (_, index) => [
      { name: "id", value: String(index), from: "logfmt" as const },
      { name: "path", value: index % 3 === 0 ? "/a" : "/b", from: "logfmt" as const },
    ]);
    const [first, last] = summarize(lines);
    expect(first).toMatchObject({
      name: "path",
      distinct: 2,
      top: [
        { value: "/b", count: 13 },
        { value: "/a", count: 7 },
      ],
    });
    expect(last?.name).toBe("id");
  });
});

describe("traces of lines", () => {
  const id = "a1b2c3d4e5f60718a1b2c3d4e5f60718";
  it("are found", () => {
    expect(traceOf(entryOf(raw({ metadata: { trace_id: id } }), 1))).toBe(id);
    expect(traceOf(entryOf(raw({ line: `x traceID=${id.toUpperCase()}` }), 1))).toBe(id);
    expect(traceOf(entryOf(raw({ line: `{"trace_id":"${id}"}` }), 1))).toBe(id);
    expect(traceOf(entryOf(raw({ line: "trace_id=00000000000000000000000000000000" }), 1))).toBeUndefined();
  });
});

describe("filters", () => {
  const cases: [string, Parameters<typeof addFilter>[1], boolean, string][] = [
    ['{a="b"}', { name: "c", value: "d", from: "label" }, true, '{a="b", c="d"}'],
    ['{a="}"} |= "x"', { name: "c", value: "d", from: "label" }, false, '{a="}", c!="d"} |= "x"'],
    ['{a="b"}', { name: "c", value: 'q"', from: "logfmt" }, true, '{a="b"} | logfmt | c="q\\""'],
    ['{a="b"} | json', { name: "c", value: "d", from: "json" }, false, '{a="b"} | json | c!="d"'],
    ['{a="b"}', { name: "t", value: "d", from: "metadata" }, true, '{a="b"} | t="d"'],
    ["{}", { name: "c", value: "d", from: "label" }, true, '{c="d"}'],
  ];
  for (const [query, field, wanted, expected] of cases)
    it(expected, () => expect(addFilter(query, field, wanted)).toBe(expected));

  const label = { name: "c", value: "d", from: "label" } as const;
  const field = { name: "c", value: "d", from: "json" } as const;
  const toggled: [string, typeof label | typeof field, boolean, string][] = [
    ['{a="b", c="d"}', label, true, '{a="b"}'],
    ['{c="d", a="b"}', label, true, '{a="b"}'],
    ['{a="b", c=`d`}', label, true, '{a="b"}'],
    ['{a="b", c="d"}', label, false, '{a="b", c!="d"}'],
    ['{c="d"}', label, true, '{c="d"}'],
    ['{a="b"} | json | c="d" | e="f"', field, true, '{a="b"} | json | e="f"'],
    ['{a="b"} | json | c != "d"', field, true, '{a="b"} | json | c="d"'],
    ['{a="b"} |= `| c="d"`', field, true, '{a="b"} |= `| c="d"` | json | c="d"'],
    ['{a="b"} | json | c="d" or e="f"', field, true, '{a="b"} | json | c="d" or e="f" | c="d"'],
    ['{ac="d", a="b"}', label, true, '{ac="d", a="b", c="d"}'],
  ];
  for (const [query, one, wanted, expected] of toggled)
    it(`a click on ${query}`, () => expect(toggleFilter(query, one, wanted)).toBe(expected));

  it("know lines from metrics", () => {
    expect(isLineQuery('{a="b"} |= "x"')).toBe(true);
    expect(isLineQuery('# note\n{a="b"}')).toBe(true);
    expect(isLineQuery('sum(rate({a="b"}[5m]))')).toBe(false);
  });

  it("mark what they found", () => {
    const marks = markExpressions('{a="b"} |= "err" |~ "(?i)TIME" != "no"');
    const pieces = markLine("an error in time", marks);
    expect(pieces.map((one) => (one.marked ? `[${one.text}]` : one.text)).join("")).toBe("an [err]or in [time]");
    expect(markExpressions('{a="b"} |~ "(?P<x>a"')).toEqual([]);
    expect(markLine("", marks)).toEqual([{ text: "", marked: false }]);
  });

  it("clean control characters and name streams", () => {
    expect(plainText("\u001b[31mred\u001b[0m\u0007")).toBe("red·");
    expect(selectorOf({ b: "2", a: 'x"' })).toBe('{a="x\\"", b="2"}');
  });
});

it("keeps nanoseconds", () => {
  expect(nanosBetween("1795168800000000001", "1795168799999999999")).toBe(2);
  expect(millis("1795168800123456789")).toBeCloseTo(1_795_168_800_123.456, 2);
});

it("marks nothing by an expression that a browser would not finish", () => {
  const marks = (pattern: string) => markExpressions(`{a="b"} |~ \`${pattern}\``).length;
  for (const slow of ["(a+)+$", "(a|aa)*b", "((a*)b?)+", "(?:x{2,})+", "([a-z]+ ?){9,}"])
    expect(marks(slow), slow).toBe(0);
  for (const fine of ["err(or)?s+", "(foo|bar) .*", "[(+*)]+x", "\\(a+\\)+", "(ab)+c*"])
    expect(marks(fine), fine).toBe(1);
});
