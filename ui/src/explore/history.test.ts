import { expect, it } from "vitest";
import { decodeRecent, findQueries, type Recent, withRecent } from "./history";

const recent = (signal: Recent["signal"], expr: string, at = 0, starred = false): Recent => ({
  signal,
  expr,
  at,
  starred,
});

it("puts the newest first, once, and keeps its star", () => {
  const known = [recent("metrics", "up"), recent("logs", "up", 1, true)];
  expect(withRecent(known, { signal: "logs", expr: "up", at: 5 })).toEqual([recent("logs", "up", 5, true), known[0]]);
});

it("forgets the oldest, but none with a star", () => {
  const known = Array.from({ length: 200 }, (_, index) => recent("logs", `q${index}`, 0, index === 199));
  const next = withRecent(known, { signal: "logs", expr: "new", at: 1 });
  expect(next.at(-1)?.expr).toBe("q199");
  expect(next).toHaveLength(201);
  expect(withRecent(next, { signal: "logs", expr: "newer", at: 2 })).toHaveLength(201);
});

it("survives any stored text", () => {
  expect(decodeRecent("{")).toEqual([]);
  expect(decodeRecent('[{"signal":"x","expr":"a"},{"signal":"logs","expr":"{}"},3]')).toEqual([recent("logs", "{}")]);
  expect(decodeRecent(null)).toEqual([]);
});

it("finds by text, those with a star first", () => {
  const all = [
    recent("logs", "a", 3),
    recent("logs", "ab", 1, true),
    recent("metrics", "a", 9),
    recent("logs", "b", 8),
  ];
  expect(findQueries(all, "logs", " A ").map((one) => one.expr)).toEqual(["ab", "a"]);
});
