import { expect, it } from "vitest";
import { decodeRecent, withRecent } from "./history";

it("puts the newest first, once", () => {
  const known = [
    { signal: "metrics" as const, expr: "up" },
    { signal: "logs" as const, expr: "up" },
  ];
  expect(withRecent(known, { signal: "logs", expr: "up" })).toEqual([known[1], known[0]]);
});

it("survives any stored text", () => {
  expect(decodeRecent("{")).toEqual([]);
  expect(decodeRecent('[{"signal":"x","expr":"a"},{"signal":"logs","expr":"{}"},3]')).toEqual([
    { signal: "logs", expr: "{}" },
  ]);
  expect(decodeRecent(null)).toEqual([]);
});
