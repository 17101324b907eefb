import { describe, expect, it } from "vitest";
import type { Span } from "../../api/tempo/trace";
import { flameBoxes } from "./flame";
import { layoutTrace } from "./layout";

const resource = { service: "s", attributes: [] };

function span(id: string, parent: string, name: string, start: number, length: number, isError = false): Span {
  const empty = { attributes: [], events: [], links: [] };
  return {
    id,
    parent,
    name,
    kind: "internal",
    resource,
    scope: "",
    start,
    length,
    isError,
    statusMessage: "",
    ...empty,
  };
}

const boxes = (spans: Span[]) => flameBoxes(spans, layoutTrace(spans));

describe("flame graph", () => {
  it("puts calls of the same path together", () => {
    const all = boxes([
      span("a", "", "root", 0, 100),
      span("b", "a", "query", 0, 20),
      span("c", "a", "query", 30, 30, true),
      span("d", "c", "read", 30, 10),
    ]);
    expect(all.map((one) => [one.name, one.depth, one.left, one.width, one.calls, one.errors, one.self])).toEqual([
      ["root", 0, 0, 1, 1, 0, 50],
      ["query", 1, 0, 0.5, 2, 1, 40],
      ["read", 2, 0, 0.1, 1, 0, 10],
    ]);
    expect(all[1]?.longest).toBe(2);
  });

  it("squeezes children that ran at the same time into their parent", () => {
    const all = boxes([span("a", "", "root", 0, 10), span("b", "a", "x", 0, 10), span("c", "a", "y", 0, 10)]);
    expect(all.slice(1).map((one) => [one.left, one.width])).toEqual([
      [0, 0.5],
      [0.5, 0.5],
    ]);
  });

  it("holds 50,000 spans in well under a second, also as one deep chain", () => {
    const chain = Array.from({ length: 50_000 }, (_, index) =>
      span(`s${index}`, index === 0 ? "" : `s${index - 1}`, `n${index % 7}`, 0, 50_000 - index),
    );
    const start = performance.now();
    expect(boxes(chain).length).toBeGreaterThan(100);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(boxes([])).toEqual([]);
  });
});
