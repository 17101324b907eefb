import { expect, it } from "vitest";
import { dashboardOf, decodeVisited, withVisited } from "./visited";

it("finds the dashboard of a path", () => {
  expect(dashboardOf("/d/oriel-host/this-host")).toBe("oriel-host");
  expect(dashboardOf("/prefix/d/a%20b")).toBe("a b");
  expect(dashboardOf("/d/%zz")).toBeUndefined();
  expect(dashboardOf("/dashboards")).toBeUndefined();
});

it("keeps the newest, once", () => {
  expect(withVisited(["a", "b"], "b")).toEqual(["b", "a"]);
  expect(withVisited(Array.from({ length: 20 }, String), "x")).toHaveLength(12);
});

it("survives any stored text", () => {
  expect(decodeVisited("{")).toEqual([]);
  expect(decodeVisited('{"a":1}')).toEqual([]);
  expect(decodeVisited('["a",1,null]')).toEqual(["a"]);
  expect(decodeVisited(null)).toEqual([]);
});
