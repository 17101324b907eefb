import { describe, expect, it } from "vitest";
import { errorText } from "./http";
import { seriesName, shortNames, vectorRows } from "./matrix";

it("reads vectors, scalars and native histograms", () => {
  expect(vectorRows("scalar", [5, "3"])[0]).toMatchObject({ time: 5, value: 3 });
  const rows = vectorRows("vector", [
    { metric: { job: "x" }, value: [1.5, "2"] },
    { metric: {}, histogram: [2, { count: "4", sum: "9" }] },
  ]);
  expect(rows[0]).toMatchObject({ labels: { job: "x" }, value: 2 });
  expect(rows[1]?.histogram).toBe("count 4, sum 9");
});

describe("names", () => {
  it("sort labels", () => {
    expect(seriesName({ b: "2", __name__: "up", a: "1" })).toBe('up{a="1", b="2"}');
    expect(seriesName({ __name__: "up" })).toBe("up");
    expect(seriesName({})).toBe("{}");
  });

  it("leave out what all share", () => {
    expect(
      shortNames([
        { __name__: "up", job: "a", x: "1" },
        { __name__: "up", job: "b", x: "1" },
      ]),
    ).toEqual(["a", "b"]);
    expect(shortNames([{ __name__: "a" }, { __name__: "b" }])).toEqual(["a", "b"]);
    expect(shortNames([{ __name__: "up", job: "a" }])).toEqual(['up{job="a"}']);
  });
});

it("finds the message in every kind of error body", () => {
  expect(errorText('{"status":"error","error":"bad"}', 400)).toBe("bad");
  expect(errorText('{"message":"worse"}', 400)).toBe("worse");
  expect(errorText("parse error at line 1, col 2: x\n", 400)).toBe("parse error at line 1, col 2: x");
  expect(errorText("", 502)).toContain("502");
  expect(errorText("<html>", 502)).toContain("502");
});
