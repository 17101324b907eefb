import { describe, expect, it } from "vitest";
import type { RawEntry } from "../../api/loki/query";
import { runJob } from "../../workers/jobs";
import { type Boundary, type PackedLines, packLines } from "../packed";
import { firstPage, newerPage, olderPage, type PageAsk } from "../paging";
import { dedupe, dedupeKey } from "./dedupe";
import { lineText } from "./drawLine";
import { Heights } from "./heights";
import { findLines, type Lines, lineAt, linesOfPages, reversed } from "./lines";
import { linesText } from "./saveLines";

const FROM = 1_795_168_800_000;
const RANGE = { from: FROM, to: FROM + 1 };
const WITHIN = { older: false, newer: false };

const line = (ns: number, text: string, part: Partial<RawEntry> = {}): RawEntry => ({
  ns: String(BigInt(FROM) * 1_000_000n + BigInt(ns)),
  line: text,
  stream: { app: "a" },
  metadata: {},
  parsed: {},
  ...part,
});

/** A server that has these lines, newest first. */
function answer(all: readonly RawEntry[], ask: PageAsk): PackedLines {
  const inside = all.filter((one) => BigInt(one.ns) >= BigInt(ask.start) && BigInt(one.ns) < BigInt(ask.end));
  const sorted = ask.direction === "backward" ? inside : [...inside].reverse();
  return packLines(sorted.slice(0, ask.limit), ask.skip);
}

const texts = (lines: Lines) => Array.from({ length: lines.size }, (_, index) => lines.at(index)?.line);

describe("pages", () => {
  it("go down and up without losing or repeating lines that share a nanosecond", () => {
    const all = [9, 8, 8, 8, 7, 6, 6, 5, 4, 4, 4, 3].map((ns, index) =>
      line(ns, index % 3 === 0 ? "same" : `l${index}`),
    );
    const short = (ask: PageAsk): PageAsk => ({ ...ask, limit: 4 });
    const asks = [short(firstPage(RANGE))];
    const pages = [answer(all, asks[0] as PageAsk)];
    for (;;) {
      const next = olderPage(RANGE, WITHIN, pages.at(-1) as PackedLines, asks.at(-1) as PageAsk, pages.length);
      if (next === undefined) break;
      asks.push(short(next));
      pages.push(answer(all, short(next)));
    }
    expect(texts(linesOfPages(pages))).toEqual(all.map((one) => one.line));
    expect(newerPage(RANGE, WITHIN, RANGE.to, pages[0] as PackedLines, asks[0] as PageAsk, 1)).toBeUndefined();
    // The two newest pages are dropped and come back from below.
    const kept = pages.slice(2);
    let first = asks[2] as PageAsk;
    for (;;) {
      const next = newerPage(RANGE, WITHIN, RANGE.to, kept[0] as PackedLines, first, kept.length);
      if (next === undefined) break;
      first = short(next);
      kept.unshift(answer(all, first));
    }
    expect(texts(linesOfPages(kept)).sort()).toEqual(all.map((one) => one.line).sort());
  });

  it("go up from the oldest lines, and not below them", () => {
    const all = [9, 8, 7, 6, 5, 4].map((ns) => line(ns, `l${ns}`));
    const first = { ...firstPage(RANGE, "forward"), limit: 4 };
    const pages = [answer(all, first)];
    expect(texts(reversed(linesOfPages(pages)))).toEqual(["l4", "l5", "l6", "l7"]);
    expect(olderPage(RANGE, WITHIN, pages[0] as PackedLines, first, 1)).toBeUndefined();
    const next = newerPage(RANGE, WITHIN, RANGE.to, pages[0] as PackedLines, first, 1) as PageAsk;
    pages.unshift(answer(all, next));
    const lines = reversed(linesOfPages(pages));
    expect(texts(lines)).toEqual(["l4", "l5", "l6", "l7", "l8", "l9"]);
    expect(lines.indexOf(lines.placeOf(4) ?? { home: {}, offset: 0 })).toBe(4);
    expect(lines.at(6)).toBeUndefined();
    expect([findLines(lines, "L8"), findLines(lines, ""), findLines(lines, "x")]).toEqual([[4], [], []]);
    expect([lineAt(lines, line(7, "").ns, 10), lineAt(lines, line(7, "").ns, 2)]).toEqual([3, -1]);
    // Beyond the range there may be older ones.
    expect(olderPage(RANGE, { older: true, newer: false }, pages.at(-1) as PackedLines, first, 2)).toMatchObject({
      end: first.start,
      direction: "backward",
    });
  });

  it("end, and go on beyond the range only when asked", () => {
    const ask = firstPage(RANGE);
    const page = packLines([line(1, "a")]);
    expect(olderPage(RANGE, WITHIN, page, ask, 1)).toBeUndefined();
    const beyond = olderPage(RANGE, { older: true, newer: false }, page, ask, 1);
    expect(beyond).toMatchObject({ end: ask.start, direction: "backward" });
    expect(olderPage(RANGE, { older: true, newer: false }, packLines([]), beyond as PageAsk, 2)).toBeUndefined();
    const newer = newerPage(RANGE, { older: false, newer: true }, RANGE.to + 50, page, ask, 1);
    expect(newer).toMatchObject({ direction: "forward", start: page.newest?.ns, skip: page.newest });
    expect(
      newerPage(RANGE, { older: false, newer: true }, RANGE.to + 50, packLines([]), newer as PageAsk, 2),
    ).toBeUndefined();
  });

  it("go on below a page that is one nanosecond", () => {
    const ask = { ...firstPage(RANGE), limit: 2, end: line(2, "").ns };
    const page = packLines([line(1, "a"), line(1, "b")]);
    expect(olderPage(RANGE, WITHIN, page, ask, 1)).toMatchObject({ end: line(1, "").ns, skip: undefined });
  });

  it("keep labels, fields, level and keys", () => {
    const page = packLines([
      line(2, "x", { metadata: { trace_id: "abc" }, parsed: { level: "warn" } }),
      line(2, "x", { stream: { app: "b" } }),
      line(2, "x", { stream: { app: "b" } }),
    ]);
    const lines = linesOfPages([page]);
    expect(lines.at(0)).toMatchObject({ level: "warn", metadata: { trace_id: "abc" }, stream: { app: "a" } });
    expect(new Set([0, 1, 2].map((index) => lines.at(index)?.key)).size).toBe(3);
    expect(lines.isMixed).toBe(true);
    expect(lines.at(3)).toBeUndefined();
    expect(lines.indexOf(lines.placeOf(2) ?? { home: {}, offset: 0 })).toBe(2);
    expect(lines.indexOf({ home: {}, offset: 0 })).toBe(-1);
  });

  it("survive what a hostile line holds", () => {
    const odd = "\u0000\u{1F600}\ud800<script>é";
    const lines = linesOfPages([packLines([line(3, odd), line(2, ""), line(1, "end")])]);
    expect(texts(lines)).toEqual([odd, "", "end"]);
  });
});

describe("heights", () => {
  it("find rows and places after changes", () => {
    const heights = new Heights(1_000, () => 20);
    const plain = new Array<number>(1_000).fill(20);
    for (let round = 0; round < 200; round += 1) {
      const at = (round * 7_919) % 1_000;
      plain[at] = 20 + ((round * 37) % 90);
      heights.set(at, plain[at] ?? 0);
    }
    let top = 0;
    plain.forEach((height, index) => {
      expect(heights.top(index)).toBe(top);
      expect(heights.indexAt(top)).toBe(index);
      expect(heights.indexAt(top + height - 1)).toBe(index);
      top += height;
    });
    expect(heights.total).toBe(top);
    expect(heights.indexAt(top + 10)).toBe(999);
    expect(new Heights(0, () => 20).indexAt(5)).toBe(0);
  });
});

describe("alike lines", () => {
  it("are one", () => {
    const lines = linesOfPages([
      packLines([line(5, "took 1 ms"), line(4, "took 2 ms"), line(3, "took 2 ms"), line(2, "x")]),
    ]);
    const exact = dedupe(lines, "exact");
    expect(texts(exact)).toEqual(["took 1 ms", "took 2 ms", "x"]);
    expect([0, 1, 2].map((index) => exact.repeats?.(index))).toEqual([1, 2, 1]);
    expect(texts(dedupe(lines, "numbers"))).toEqual(["took 1 ms", "x"]);
    expect(exact.indexOf(lines.placeOf(2) ?? { home: {}, offset: 0 })).toBe(1);
    expect(dedupeKey('a="b1" [c]', "signature")).toBe('="" []');
    expect(dedupe(lines, "none")).toBe(lines);
  });
});

describe("text of a row", () => {
  it("is one line unless it may wrap", () => {
    expect(lineText("a\nb\n", { wrap: false, pretty: false })).toBe("a ↵ b");
    expect(lineText("a\nb\n", { wrap: true, pretty: false })).toBe("a\nb");
    expect(lineText('{"a":1}', { wrap: false, pretty: true })).toBe('{\n  "a": 1\n}');
    expect(lineText("{broken", { wrap: false, pretty: true })).toBe("{broken");
  });
});

describe("saved lines", () => {
  const lines = linesOfPages([packLines([line(2, '=cmd|" /C calc"!A0'), line(1, "a,b")])]);
  it("are oldest first, in each format", () => {
    expect(linesText(lines, "text").split("\n")[0]).toMatch(/\tunknown\t\{app=a\}\ta,b$/);
    expect(JSON.parse(linesText(lines, "json").split("\n")[0] ?? "")).toMatchObject({
      line: "a,b",
      labels: { app: "a" },
    });
    expect(linesText(lines, "csv").split("\n")[2]).toContain(`"'=cmd|"" /C calc""!A0"`);
  });
});

describe("the parser's thread", () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer;

  it("packs lines", () => {
    const body = {
      data: {
        resultType: "streams",
        result: [
          {
            stream: { app: "a" },
            values: [
              ["5", "five", {}],
              ["7", "seven", { structuredMetadata: { k: "v" } }],
            ],
          },
        ],
        stats: { summary: { totalBytesProcessed: 12 } },
      },
    };
    const page = runJob("lines", bytes(body), {
      edge: "oldest",
      ns: "5",
      counts: [["app=a/five", 1]],
    } satisfies Boundary);
    expect(texts(linesOfPages([page]))).toEqual(["seven"]);
    expect(page).toMatchObject({ received: 2, bytes: 12, oldest: { ns: "5" }, newest: { ns: "7" } });
    expect(() => runJob("lines", new TextEncoder().encode("<html>").buffer as ArrayBuffer, undefined)).toThrow();
    expect(runJob("lines", bytes([]), undefined).size).toBe(0);
  });
});
