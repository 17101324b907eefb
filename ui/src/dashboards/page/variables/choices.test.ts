import { expect, it } from "vitest";
import { ALL } from "../../model/types";
import { chosenText, clickedFilter, foundOptions, sameChoice, toggled, toggledFound } from "./choices";

const options = ["api", "api-canary", "web"].map((one) => ({ text: one, value: one }));
const may = { includeAll: true };
const must = { includeAll: false };

it("finds by words in any order", () => {
  expect(foundOptions(options, "CANARY api").map((one) => one.value)).toEqual(["api-canary"]);
  expect(foundOptions(options, " ")).toBe(options);
});

it("never has all and some together, nor nothing", () => {
  expect(toggled([ALL], "api", may)).toEqual(["api"]);
  expect(toggled(["api"], "web", may)).toEqual(["api", "web"]);
  expect(toggled(["api", "web"], ALL, may)).toEqual([ALL]);
  expect(toggled(["api"], "api", may)).toEqual([ALL]);
  expect(toggled(["api"], "api", must)).toEqual(["api"]);
});

it("takes what was found as one, and lets it go as one", () => {
  const found = foundOptions(options, "api");
  expect(toggledFound([ALL], found, may)).toEqual(["api", "api-canary"]);
  expect(toggledFound(["web", "api"], found, may)).toEqual(["web", "api", "api-canary"]);
  expect(toggledFound(["web", "api", "api-canary"], found, may)).toEqual(["web"]);
  expect(toggledFound(["api", "api-canary"], found, may)).toEqual([ALL]);
  expect(toggledFound(["api", "api-canary"], found, must)).toEqual(["api"]);
});

it("names the first few", () => {
  expect(chosenText([ALL], options)).toBe("All");
  expect(chosenText(["api", "gone"], options)).toBe("api + gone");
  expect(
    chosenText(
      Array.from({ length: 10 }, (_, at) => `v${at}`),
      [],
    ),
  ).toMatch(/v7 \+ 2 more$/);
  expect(sameChoice(["a", "b"], ["b", "a"])).toBe(true);
  expect(sameChoice(["a"], ["a", "b"])).toBe(false);
});

it("filters over a dashboard take a clicked value in, change it, and let it go", () => {
  const filter = (key: string, operator: string, value: string) => ({ key, operator, value });
  const job = filter("job", "=", "a");
  const host = filter("host", "!=", "x");
  expect(clickedFilter([], job)).toEqual(["job|=|a"]);
  expect(clickedFilter([host, job], filter("job", "=", "b"))).toEqual(["host|!=|x", "job|=|b"]);
  expect(clickedFilter([host, job], job)).toEqual(["host|!=|x"]);
  expect(clickedFilter([job], filter("job", "!=", "a"))).toEqual(["job|!=|a"]);
  expect(clickedFilter([host], filter("host", "!=", "y"))).toEqual(["host|!=|x", "host|!=|y"]);
});
