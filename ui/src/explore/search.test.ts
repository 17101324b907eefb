import { expect, it } from "vitest";
import { validateExploreSearch } from "./search";

it("keeps what is valid and drops the rest", () => {
  expect(validateExploreSearch({ signal: "logs", q: '{a="b"}', mode: "range" })).toEqual({
    signal: "logs",
    q: ['{a="b"}'],
  });
  expect(validateExploreSearch({ signal: "x", q: [1, "up"], mode: "instant" })).toEqual({ q: ["up"], mode: "instant" });
  expect(validateExploreSearch({ trace: "ABCDEF01", span: "zz" })).toEqual({ trace: "abcdef01" });
  expect(validateExploreSearch({ trace: "../etc", span: "01" })).toEqual({});
  expect(validateExploreSearch({ q: Array.from({ length: 50 }, String) }).q).toHaveLength(12);
});
