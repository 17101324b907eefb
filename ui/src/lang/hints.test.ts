import { describe, expect, it } from "vitest";
import { faultOf } from "./fault";
import { hintOf } from "./hints";

const bad = (rest: string) => `invalid parameter "query": ${rest}`;
const RANGE = bad('1:6: parse error: expected type range vector in call to function "rate", got instant vector');

describe("what to do about an error", () => {
  // The messages are the server's own.
  const cases: [string, string, string | undefined][] = [
    [RANGE, "rate(up)", "rate(up[5m])"],
    [RANGE, 'rate(up{job="a)b"})', 'rate(up{job="a)b"}[5m])'],
    [RANGE, "rate(sum(up))", undefined],
    [
      bad('invalid expression type "range vector" for range query, must be Scalar or instant Vector'),
      "up[5m]",
      "rate(up[5m])",
    ],
    [
      bad('invalid expression type "range vector" for range query, must be Scalar or instant Vector'),
      '# of "all\nup{job="#a"}[5m] # five (\n',
      'rate(# of "all\nup{job="#a"}[5m]) # five (',
    ],
    [
      bad("1:5: parse error: expected type instant vector in aggregation expression, got range vector"),
      "sum(up[5m])",
      "sum(rate(up[5m]))",
    ],
    [bad("1:12: parse error: unclosed left parenthesis"), "rate(up[5m]", "rate(up[5m])"],
    [bad("1:12: parse error: unclosed left parenthesis"), "rate(up[5m] # (five", "rate(up[5m]) # (five"],
    [bad("1:11: parse error: unexpected end of input inside braces"), 'up{job="a"', 'up{job="a"}'],
    [bad('1:1: parse error: unknown function with name "rat"'), "rat(up[5m])", "rate(up[5m])"],
    [bad('1:1: parse error: unknown function with name "nonsense"'), "nonsense(up)", undefined],
    [bad("1:1: parse error: vector selector must contain at least one non-empty matcher"), '{a=""}', undefined],
    ["parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,", '{a="b"', '{a="b"}'],
    [
      "parse error at line 1, col 17: syntax error: unexpected $end, expecting )",
      'rate({a="b"}[5m]',
      'rate({a="b"}[5m])',
    ],
    ["parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }", "{", undefined],
    [
      "parse error at line 1, col 24: syntax error: unexpected )",
      'count_over_time({a="b"})',
      'count_over_time({a="b"}[5m])',
    ],
    ["invalid TraceQL query: parse error at line 1, col 3: unknown identifier: foo", "{ foo = 1 }", "{ .foo = 1 }"],
    ["invalid TraceQL query: parse error at line 1, col 12: unknown identifier: eror", "{ status = eror }", undefined],
  ];
  for (const [message, query, mended] of cases)
    it(query, () => {
      const hint = hintOf(message, query, faultOf(message, query));
      expect(hint?.words).toBeTruthy();
      expect(hint?.mended).toBe(mended);
    });

  it("is not made up", () => {
    expect(hintOf(bad('1:4: parse error: unexpected identifier "limit"'), "up limit 5", undefined)).toBeUndefined();
    expect(hintOf("the query hit the limit of 1000 series", "up", undefined)?.words).toMatch(/Narrow/);
    expect(hintOf('unknown function with name "rat"', "rat(up[5m])", undefined)?.mended).toBeUndefined();
    expect(hintOf("no such thing", "up", undefined)).toBeUndefined();
    expect(hintOf("unclosed left parenthesis", 'rate("abc', undefined)?.mended).toBeUndefined();
    expect(hintOf("unclosed left parenthesis", "sum(rate(up[5m])])", undefined)?.mended).toBeUndefined();
  });
});
