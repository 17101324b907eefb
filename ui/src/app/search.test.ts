import { expect, it } from "vitest";
import { manyTexts, oneText, parseSearch, refreshMillis, stringifySearch, validateShellSearch } from "./search";

it("round-trips text and lists", () => {
  const search = { from: "now-1h", q: ['up{job="a b"}', "rate(x[1m])&"] };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
  expect(stringifySearch({ a: undefined, b: "" })).toBe("");
});

it("keeps numbers as text", () => {
  expect(parseSearch("?from=1795168800000")).toEqual({ from: "1795168800000" });
});

it("takes names that every object has for names", () => {
  expect(parseSearch("?constructor=1&toString=a&toString=b")).toEqual({ constructor: "1", toString: ["a", "b"] });
  expect(Object.keys(parseSearch("?__proto__=1"))).toEqual(["__proto__"]);
});

it("drops what is not valid", () => {
  expect(validateShellSearch({ tenant: "a/../b", refresh: "0s", from: "now-5m" })).toEqual({ from: "now-5m" });
  expect(validateShellSearch({ tenant: "team-a", refresh: "10s", to: ["x", "now"] })).toEqual({
    tenant: "team-a",
    refresh: "10s",
    to: "now",
  });
  expect(oneText(7)).toBeUndefined();
  expect(manyTexts("a")).toEqual(["a"]);
  expect(manyTexts(undefined)).toEqual([]);
});

it("reads refresh intervals", () => {
  expect(refreshMillis("1m")).toBe(60_000);
  expect(refreshMillis("2h")).toBe(7_200_000);
  expect(refreshMillis("30d")).toBe(2_147_483_647);
  expect(refreshMillis("off")).toBeUndefined();
});
