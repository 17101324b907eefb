import { describe, expect, it } from "vitest";
import { parseLine } from "./fields";
import { plainValue, prettyJson, readJson } from "./json";

describe("JSON inside lines", () => {
  it("keeps digits, escapes and order", () => {
    const line = '{"id":12345678901234567890, "n":1.50,"s":"a\\"\\u00e4,{", "z":[], "a":{"b":[1,{"c":null}]}}';
    expect(prettyJson(line)).toBe(
      [
        "{",
        '  "id": 12345678901234567890,',
        '  "n": 1.50,',
        '  "s": "a\\"\\u00e4,{",',
        '  "z": [],',
        '  "a": {',
        '    "b": [',
        "      1,",
        "      {",
        '        "c": null',
        "      }",
        "    ]",
        "  }",
        "}",
      ].join("\n"),
    );
    expect(JSON.parse(prettyJson(line))).toEqual(JSON.parse(line));
    expect(parseLine(line)).toContainEqual({ name: "id", value: "12345678901234567890", from: "json" });
    expect(parseLine(line)).toContainEqual({ name: "s", value: 'a"ä,{', from: "json" });
  });

  it("leaves everything else alone", () => {
    for (const text of [
      "",
      "5",
      '"x"',
      "{",
      '{"a":1',
      "{a:1}",
      "[1,]",
      "level=info {}",
      `${"[".repeat(200)}${"]".repeat(200)}`,
    ]) {
      expect(prettyJson(text)).toBe(text);
      expect(readJson(text)).toBeUndefined();
    }
  });

  it("reads what JSON.parse reads, whatever it is", () => {
    let seed = 7;
    const random = (most: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % most;
    };
    const make = (depth: number): unknown => {
      const kind = random(depth > 4 ? 4 : 6);
      if (kind === 0) return random(2) === 0 ? null : random(2) === 0;
      if (kind === 1) return random(1e6) / 7 - 1e4;
      if (kind <= 3) return Array.from({ length: random(6) }, () => 'a"\\{}[],: \n\u00e4'.charAt(random(13))).join("");
      const inner = Array.from({ length: random(5) }, () => make(depth + 1));
      return kind === 4 ? inner : Object.fromEntries(inner.map((one, index) => [`k"${index}`, one]));
    };
    for (let round = 0; round < 300; round += 1) {
      const value = [make(0)];
      expect(JSON.parse(prettyJson(JSON.stringify(value)))).toEqual(value);
    }
    expect(plainValue('"\\n"')).toBe("\n");
  });
});
