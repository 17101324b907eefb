import { expect, it } from "vitest";
import { faultOf } from "./fault";

function check(message: string, query: string, marked: string | undefined) {
  const fault = faultOf(message, query);
  expect(fault === undefined ? undefined : query.slice(fault.from, fault.to)).toBe(marked);
}

it("points at the part that a message names, and within ranges", () => {
  const cut = (message: string, query: string) => {
    const fault = faultOf(message, query);
    return fault === undefined ? undefined : query.slice(fault.from, fault.to);
  };
  const range = 'rate({a="b"} | jsonn [5m])';
  expect(cut("parse error at line 0, col 22: syntax error: unexpected RANGE", range)).toBe("[");
  expect(cut("parse error : error parsing regexp: missing closing ): `b(`", '{a=~"b("}')).toBe('"b("');
  const types = "invalid TraceQL query: binary operations must operate on the same type: `x` + 1";
  expect(cut(types, '{ .a = "x" + 1 }')).toBe('"x" + 1');
  expect(cut("found duplicate series: many-to-many", "a / b")).toBeUndefined();
  expect(cut('unknown label: "up"', "up + up")).toBeUndefined();
});

it("points where each language says", () => {
  check('invalid parameter "query": 1:6: parse error: expected type range vector', "rate(foo)", "foo");
  check("parse error at line 1, col 2: syntax error: unexpected $end", "{", "{");
  check(
    "invalid TraceQL query: parse error at line 1, col 10: syntax error: unexpected IDENTIFIER",
    "{ span.x nope }",
    "nope",
  );
  check("parse error at line 2, col 3: x", "a\nb cd", "cd");
  check('invalid parameter "query": unknown position: parse error: no expression', "", undefined);
  check("parse error at line 9, col 3: x", "a", undefined);
  check("timeout after 30:10 minutes", "a", undefined);
});
