import { expect, it } from "vitest";
import { LOGQL_WORDS } from "./logqlWords";
import { PROMQL_WORDS } from "./promqlWords";
import { TRACEQL_WORDS } from "./traceqlWords";
import { type Words, wordAt } from "./wordAt";

/** The pointer is where `|` stands. */
const at = (marked: string, words: Words) => wordAt(marked.replace("^", ""), marked.indexOf("^"), words);

it("tells how a function is written, wherever on it the pointer is", () => {
  const found = { from: 4, to: 8, form: "rate(window)" };
  expect(at("sum(^rate(a[5m]))", PROMQL_WORDS)).toMatchObject(found);
  expect(at("sum(ra^te(a[5m]))", PROMQL_WORDS)).toMatchObject(found);
  expect(at("su^m by (job) (a)", PROMQL_WORDS)?.form).toBe("sum by (labels) (series)");
  expect(at("topk(3, a) o^n (job) b", PROMQL_WORDS)?.form).toBe("on (labels)");
});

it("knows stages of lines and intrinsics of spans", () => {
  expect(at('{a="b"} | js^on | x="y"', LOGQL_WORDS)?.does).toContain("JSON");
  expect(at("{ dura^tion > 1s } | rate()", TRACEQL_WORDS)?.does).toContain("took");
});

it("says nothing about names and texts that only look alike", () => {
  expect(at('up{job="ra^te(x)"}', PROMQL_WORDS)).toBeUndefined();
  expect(at("ra^te", PROMQL_WORDS)).toBeUndefined();
  expect(at('{ra^te="x"}', LOGQL_WORDS)).toBeUndefined();
  expect(at("job:ra^te(x)", PROMQL_WORDS)).toBeUndefined();
  expect(at("{ span.dura^tion = 1 }", TRACEQL_WORDS)).toBeUndefined();
  expect(at("const^ructor(a)", PROMQL_WORDS)).toBeUndefined();
  expect(at("^", PROMQL_WORDS)).toBeUndefined();
});

it("has one short line a word", () => {
  for (const words of [PROMQL_WORDS, LOGQL_WORDS, TRACEQL_WORDS])
    for (const [, does] of Object.values(words)) expect(does).toMatch(/^[^\n]{5,120}[.…]$|: .+$/);
});
