import { expect, it } from "vitest";
import { toggleMatcher } from "./matchers";

const cases: [query: string, name: string, value: string, wanted: boolean, expected: string][] = [
  ["up", "job", "node", true, 'up{job="node"}'],
  ['up{job="node"}', "job", "node", true, "up"],
  ['up{a="1",job="node"}', "job", "node", true, 'up{a="1"}'],
  ['up{job="node"}', "job", "node", false, 'up{job!="node"}'],
  ["sum by (a) (rate(x[5m])) / y{b=~'c'}", "d", 'e"', true, `sum by (a) (rate(x{d="e\\""}[5m])) / y{b=~'c', d="e\\""}`],
  ["rate(x[$__rate_interval])", "d", "e", true, 'rate(x{d="e"}[$__rate_interval])'],
  ['{"http.requests", a="b"}', "c.d", "e", true, '{"http.requests", a="b", "c.d"="e"}'],
  ['x{a="1"} + y', "a", "1", true, 'x{a="1"} + y{a="1"}'],
  ["1 + 1", "a", "1", true, "1 + 1"],
];

for (const [query, name, value, wanted, expected] of cases)
  it(`${query} ${wanted ? "with" : "without"} ${name}=${value}`, () =>
    expect(toggleMatcher(query, name, value, wanted)).toBe(expected));
