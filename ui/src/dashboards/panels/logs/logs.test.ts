import { describe, expect, it } from "vitest";
import type { RawEntry } from "../../../api/loki/query";
import { entryOf } from "../../../logs/entry";
import { makeField } from "../../data/frame";
import { entriesOf, linesFrame } from "../../data/lines";
import { linesOf, newEntries } from "./logLines";
import { cellsOf, commonLabels, labelsText, logLook, prettyLine, tokensOf, WHOLE_LINE } from "./logLook";

const raw = (ns: string, line: string, stream: Readonly<Record<string, string>> = { app: "a" }): RawEntry => ({
  ns,
  line,
  stream,
  metadata: {},
  parsed: {},
});
const how = { oldestFirst: false, dedupe: "none" } as const;

describe("lines of a panel", () => {
  const frame = linesFrame("A", [raw("2000000", "b 1"), raw("3000000", "b 2"), raw("1000000", "a")]);
  it("stand in their order, with what was loaded later, and know their rows", () => {
    expect(
      linesOf([frame], [raw("5", "old")], how).map((one) => [one.entry.line, one.row, one.frame === frame]),
    ).toEqual([
      ["b 2", 1, true],
      ["b 1", 0, true],
      ["a", 2, true],
      ["old", 0, false],
    ]);
    expect(linesOf([frame], [], { ...how, oldestFirst: true })[0]?.entry.line).toBe("a");
  });
  it("are one where they are alike, and tell how many", () => {
    expect(linesOf([frame], [], { ...how, dedupe: "numbers" }).map((one) => [one.entry.line, one.many])).toEqual([
      ["b 2", 2],
      ["a", 1],
    ]);
  });
  it("that came twice are known", () => {
    const known = [raw("1", "x")];
    expect(newEntries(known, [raw("1", "x"), raw("1", "y"), raw("1", "x", { app: "b" })])).toHaveLength(2);
  });
  it("are made of any table with times and words", () => {
    const table = {
      refId: "A",
      fields: [
        makeField("Time", "time", [1_700_000_000_123]),
        makeField("host", "string", ["h"]),
        makeField("message", "string", ["hi"]),
      ],
    };
    expect(entriesOf(table)).toEqual([raw("1700000000123000000", "hi", { host: "h" })]);
    expect(entriesOf({ refId: "A", fields: [makeField("Time", "time", [1]), makeField("v", "number", [1])] })).toEqual(
      [],
    );
  });
});

describe("what is shown of a line", () => {
  it("are its labels but for those of all lines", () => {
    const all = [raw("1", "", { app: "a", pod: "1" }), raw("2", "", { app: "a", pod: "2" })].map(entryOf);
    const common = commonLabels(all);
    expect(common).toEqual({ app: "a" });
    expect(labelsText(all[0]?.stream ?? {}, common)).toBe("pod=1");
    expect(commonLabels([])).toEqual({});
  });
  it("are its chosen fields, the line among them", () => {
    const entry = entryOf(raw("1", "level=info msg=hi"), 0);
    expect(cellsOf(entry, ["msg", "none", WHOLE_LINE]).map((one) => one.value)).toEqual(["hi", "level=info msg=hi"]);
  });
  it("is indented where it is JSON", () => {
    expect(prettyLine('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    for (const plain of ["a {}", "{broken", "12"]) expect(prettyLine(plain)).toBe(plain);
  });
  it("has names, texts, numbers and words in their colours, and loses nothing", () => {
    const kinds = (line: string) =>
      tokensOf(line).flatMap((one) => (one.kind === "plain" ? [] : [`${one.kind} ${one.text}`]));
    expect(kinds('{"a": "b", "n": 12, "t": true}')).toEqual([
      'name "a"',
      'string "b"',
      'name "n"',
      "number 12",
      'name "t"',
      "word true",
    ]);
    expect(kinds("GET /x took=12ms v1.2.3")).toEqual(["word GET", "name took", "number 12ms"]);
    for (const line of ['a "b', "x=1 y= z", "", "==", "12 13.5s"]) {
      expect(
        tokensOf(line)
          .map((one) => one.text)
          .join(""),
      ).toBe(line);
    }
  });
  it("is told by the options, with what is usual where they say nothing", () => {
    expect(logLook({})).toMatchObject({ time: true, details: true, wrap: false, dedupe: "none", oldestFirst: false });
    expect(logLook({ enableLogDetails: false, dedupStrategy: "exact", sortOrder: "Ascending" })).toMatchObject({
      details: false,
      dedupe: "exact",
      oldestFirst: true,
    });
  });
});
