import { expect, it } from "vitest";
import { memberText } from "./rawJson";

it("cuts out a member as it was written", () => {
  const source =
    ' { "meta": {"a": "}, \\" {"}, "n" : 1.50e3 , "dash\\u0062oard" : {\n  "x": [1.0, {"y": "]"}]\n}, "s": "a,b" } ';
  expect(memberText(source, "dashboard")).toBe('{\n  "x": [1.0, {"y": "]"}]\n}');
  expect(memberText(source, "n")).toBe("1.50e3");
  expect(memberText(source, "s")).toBe('"a,b"');
  expect(memberText(source, "x")).toBeUndefined();
});

it("takes any text", () => {
  for (const broken of [
    "",
    "{",
    "[1]",
    '{"a"',
    '{"a":',
    '{"a":"',
    '{"a":{',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"\\u00":1}',
    "{}",
  ]) {
    expect(memberText(broken, "b")).toBeUndefined();
  }
});
