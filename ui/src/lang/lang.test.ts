import { describe, expect, it } from "vitest";
import { linesOf, logqlContext } from "./logqlContext";
import { nextToken, type Vocabulary } from "./tokens";
import { traceqlContext } from "./traceqlContext";

describe("LogQL", () => {
  const cases: [string, object][] = [
    ["{", { kind: "label", from: 1 }],
    ["{ser", { kind: "label", from: 1 }],
    ['{a="b", c', { kind: "label", from: 8 }],
    ["{app=", { kind: "value", label: "app", selector: "{}", quoted: false, from: 5 }],
    ['{app="we', { kind: "value", label: "app", selector: "{}", quoted: true, from: 6 }],
    ['{env="prod", app=~"we', { kind: "value", label: "app", selector: '{env="prod"}', quoted: true, from: 19 }],
    ['{a="b"} | lo', { kind: "stage", from: 10, lines: '{a="b"}' }],
    ['{a="b"} |', { kind: "stage", from: 9, lines: '{a="b"}' }],
    ['{a="b"} | json | le', { kind: "stage", from: 17, lines: '{a="b"} | json' }],
    ['{a="b"} | json | unwrap du', { kind: "field", from: 24, lines: '{a="b"} | json' }],
    ['rate({a="b"} | logfmt | drop x, y', { kind: "field", from: 32, lines: '{a="b"} | logfmt' }],
    ['{a="b"} | json | c="x" or us', { kind: "field", from: 26, lines: '{a="b"} | json' }],
    [
      '{a="b"} | json | path="/a b',
      { kind: "fieldValue", field: "path", from: 23, lines: '{a="b"} | json', quoted: true },
    ],
    [
      '{a="b"} | json | c="x" and st=',
      { kind: "fieldValue", field: "st", from: 30, lines: '{a="b"} | json', quoted: false },
    ],
    ['rate({a="b"} | json [', { kind: "window", from: 21 }],
    ['rate({a="b"}[$__a', { kind: "window", from: 13 }],
    ['{a="b"} | json | line_format "x', { kind: "none" }],
    ['{a="b"} |~ "[', { kind: "none" }],
    ['{a="b"} | c > 1 | l', { kind: "stage", from: 18, lines: '{a="b"} | c > 1' }],
    ["ra", { kind: "function", from: 0 }],
    ["sum by (", { kind: "group", from: 8 }],
    ['{a="b"} |= "x {', { kind: "none" }],
  ];
  for (const [text, expected] of cases) it(text, () => expect(logqlContext(text)).toEqual(expected));

  it("finds the lines that a query is about", () => {
    expect(linesOf('sum by () (rate({a="}"} | json | b="c[" [5m]))')).toBe('{a="}"} | json | b="c["');
    expect(linesOf('{a="b"} |')).toBe('{a="b"}');
    expect(linesOf("sum by (")).toBeUndefined();
  });
});

describe("TraceQL", () => {
  const cases: [string, object][] = [
    ["{", { kind: "field", from: 1 }],
    ["{ resource.serv", { kind: "field", from: 2 }],
    ["{ status = ", { kind: "value", field: "status", from: 11, quoted: false }],
    ['{ resource.service.name = "ch', { kind: "value", field: "resource.service.name", from: 27, quoted: true }],
    ["{ a = 1 && dur", { kind: "field", from: 11 }],
    ["{ a = 1 } | co", { kind: "stage", from: 12 }],
    ["{ a = 1 }", { kind: "relation", from: 9 }],
    ["", { kind: "start", from: 0 }],
    ['{ name = "GET /ca', { kind: "value", field: "name", from: 10, quoted: true }],
    ['{ .a = "x" && name = "GET ', { kind: "value", field: "name", from: 22, quoted: true }],
    ["{ } | by(resource.ser", { kind: "field", from: 9 }],
    ["{ } | rate() by (", { kind: "field", from: 17 }],
    ["{ } | select(span.a, na", { kind: "field", from: 21 }],
    ["{ } | quantile_over_time(", { kind: "field", from: 25 }],
    ["{ } || ", { kind: "none" }],
  ];
  for (const [text, expected] of cases) it(text, () => expect(traceqlContext(text)).toEqual(expected));
});

describe("tokens", () => {
  const words: Vocabulary = { keywords: new Set(["by"]), functions: new Set(["rate"]), word: "label" };
  const kinds = (text: string) => {
    const out: string[] = [];
    let rest = text.trimStart();
    while (rest !== "") {
      const token = nextToken(rest, words);
      expect(token.length).toBeGreaterThan(0);
      out.push(token.kind);
      rest = rest.slice(token.length).trimStart();
    }
    return out;
  };

  it("names the parts", () => {
    expect(kinds('rate({app="x"} |= `y` [5m]) # note')).toEqual(
      "function operator operator label operator string operator operator string operator number operator operator comment".split(
        " ",
      ),
    );
  });

  it("takes intervals for the durations that they stand for", () => {
    expect(kinds("[$__auto] [${__range}] $")).toEqual(
      "operator number operator operator number operator invalid".split(" "),
    );
  });

  it("ends on any text", () => {
    let seed = 7;
    for (let round = 0; round < 500; round += 1) {
      let text = "";
      for (let index = 0; index < 12; index += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        text += '{}|=~"`\\#a1.\u{1F600}é '[seed % 15] ?? "";
      }
      kinds(text);
      logqlContext(text);
      traceqlContext(text);
    }
  });
});
