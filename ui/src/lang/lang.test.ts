import { describe, expect, it } from "vitest";
import { logqlContext } from "./logqlContext";
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
    ['{a="b"} | lo', { kind: "stage", from: 10 }],
    ['{a="b"} |', { kind: "stage", from: 9 }],
    ["ra", { kind: "function", from: 0 }],
    ["sum by (", { kind: "label", from: 8 }],
    ['{a="b"} |= "x {', { kind: "none" }],
  ];
  for (const [text, expected] of cases) it(text, () => expect(logqlContext(text)).toEqual(expected));
});

describe("TraceQL", () => {
  const cases: [string, object][] = [
    ["{", { kind: "field", from: 1 }],
    ["{ resource.serv", { kind: "field", from: 2 }],
    ["{ status = ", { kind: "value", field: "status", from: 11, quoted: false }],
    ['{ resource.service.name = "ch', { kind: "value", field: "resource.service.name", from: 27, quoted: true }],
    ["{ a = 1 && dur", { kind: "field", from: 11 }],
    ["{ a = 1 } | co", { kind: "stage", from: 12 }],
    ["{ a = 1 }", { kind: "none" }],
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
