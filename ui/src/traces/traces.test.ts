import { describe, expect, it } from "vitest";
import type { Span, Trace } from "../api/tempo/trace";
import { anyText, decodeTrace, hexId } from "../api/tempo/trace";
import { nextFound } from "../ui/find/nextFound";
import { runJob, transfers } from "../workers/jobs";
import { findSpans } from "./findSpans";
import { unpackTrace } from "./packed";
import { isSpanMetric, serviceMetrics, traceIdIn, withCondition } from "./query";
import { durationScale, nearestPlace, placeTraces, timeTicks } from "./scatterPlaces";
import { criticalPath, packPath, partsOf } from "./trace/criticalPath";
import { layoutTrace, parentsOf, visibleRows } from "./trace/layout";
import { eachRun, minimapGrid } from "./trace/minimapGrid";

const resource = { service: "s", attributes: [] };

function span(id: string, parent: string, start: number, length: number): Span {
  return {
    id,
    parent,
    name: id,
    kind: "internal",
    resource,
    scope: "",
    start,
    length,
    isError: false,
    statusMessage: "",
    attributes: [],
    events: [],
    links: [],
  };
}

const traceOf = (spans: Span[]): Trace => ({
  startNs: "0",
  length: Math.max(0, ...spans.map((one) => one.start + one.length)),
  spans,
});

/** Rows as `id@depth`, with subtree sizes. */
function rows(spans: Span[], folded: number[] = []) {
  const layout = layoutTrace(spans);
  return Array.from(visibleRows(layout, new Set(folded)), (row) => {
    return `${spans[layout.order[row] ?? -1]?.id}@${layout.depth[row]}+${layout.subtree[row]}`;
  }).join(" ");
}

it("reads times that are missing as those of the trace, and ids of any length", () => {
  const spans = [
    { spanId: "AQIDBAUGBwg=", startTimeUnixNano: "1700000000999999999", endTimeUnixNano: "1700000001000000001" },
    { spanId: "not/an id", startTimeUnixNano: "1700000003000000000", events: [{ name: "e" }] },
    { spanId: "" },
  ];
  const trace = decodeTrace({ batches: [{ scopeSpans: [{ spans }] }] });
  expect(trace.startNs).toBe("1700000000999999999");
  expect(trace.spans.map((one) => [one.id, one.start, one.length])).toEqual([
    ["0102030405060708", 0, 2],
    ["not/an id", 2_000_000_001, 0],
    ["", 0, 0],
  ]);
  expect(trace.spans[1]?.events[0]?.at).toBe(2_000_000_001);
});

describe("layout", () => {
  const tree = [span("c", "a", 5, 1), span("a", "", 0, 10), span("b", "a", 1, 3), span("d", "b", 2, 1)];

  it("goes depth first, children by start", () => expect(rows(tree)).toBe("a@0+4 b@1+2 d@2+1 c@1+1"));
  it("folds", () => expect(rows(tree, [2])).toBe("a@0+4 b@1+2 c@1+1"));

  it("gives every span one row whatever the parents say", () => {
    expect(rows([span("a", "zz", 3, 1), span("b", "", 1, 1)])).toBe("b@0+1 a@0+1");
    expect(rows([span("a", "b", 0, 1), span("b", "a", 1, 1)])).toBe("b@0+2 a@1+1");
    expect(rows([span("a", "a", 0, 1)])).toBe("a@0+1");
    expect(rows([span("a", "", 0, 1), span("a", "", 1, 1), span("c", "a", 2, 1)])).toBe("a@0+2 c@1+1 a@0+1");
    expect(rows([])).toBe("");
  });

  it("survives random parents", () => {
    let seed = 3;
    const random = (most: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % most;
    };
    for (let round = 0; round < 200; round += 1) {
      const size = 1 + random(30);
      const spans = Array.from({ length: size }, (_, index) =>
        span(String(random(4) === 0 ? random(size) : index), String(random(size + 3)), random(50), random(50)),
      );
      const layout = layoutTrace(spans);
      expect([...layout.order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, index) => index));
      layout.subtree.forEach((count, row) => {
        expect(row + count).toBeLessThanOrEqual(size);
      });
      criticalPath(spans, layout);
    }
  });

  it("lays out 50,000 spans within 100 ms", () => {
    const spans = Array.from({ length: 50_000 }, (_, index) =>
      span(
        index.toString(16).padStart(16, "0"),
        index === 0 ? "" : ((index - 1) >> 2).toString(16).padStart(16, "0"),
        index,
        10,
      ),
    );
    // Processor time of the best of twenty: other work on the machine is not what is measured.
    let took = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20 && took >= 100; round += 1) {
      const start = process.cpuUsage();
      const layout = layoutTrace(spans);
      visibleRows(layout, new Set());
      took = Math.min(took, process.cpuUsage(start).user / 1_000);
      expect(layout.subtree[0]).toBe(50_000);
    }
    expect(took).toBeLessThan(100);
  });
});

it("packs a trace for its way out of the parser's thread, and opens it again the same", () => {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const raw = (spanId: string, parentSpanId: string, rest: object = {}) => ({
    spanId,
    parentSpanId,
    name: `span ${spanId}`,
    kind: 3,
    startTimeUnixNano: "1000000000000000100",
    endTimeUnixNano: "1000000000000000400",
    ...rest,
  });
  const body = {
    resourceSpans: ["shop", "bank"].map((service, index) => ({
      resource: { attributes: [attribute("service.name", service)] },
      scopeSpans: [
        {
          scope: { name: `scope ${index}` },
          spans: [
            raw(`00000000000000a${index}`, "", { attributes: [attribute("k", "<b>ä</b>")] }),
            raw(`00000000000000b${index}`, `00000000000000a${index}`, {
              status: { code: 2, message: "no" },
              events: [{ name: "e", timeUnixNano: "1000000000000000200", attributes: [attribute("x", "y")] }],
              links: [{ traceId: "00000000000000000000000000000001", spanId: "00000000000000c1" }],
            }),
          ],
        },
      ],
    })),
  };
  const answer = runJob("trace", new TextEncoder().encode(JSON.stringify(body)).buffer as ArrayBuffer, undefined);
  const { trace, layout } = { trace: unpackTrace(structuredClone(answer.packed)), layout: answer.layout };
  const expected = decodeTrace(body);
  const plain = (all: readonly Span[]) =>
    all.map(
      ({
        id,
        parent,
        name,
        kind,
        resource,
        scope,
        start,
        length,
        isError,
        statusMessage,
        attributes,
        events,
        links,
      }) => ({
        ...{
          id,
          parent,
          name,
          kind,
          resource,
          scope,
          start,
          length,
          isError,
          statusMessage,
          attributes,
          events,
          links,
        },
      }),
    );
  expect(plain(trace.spans)).toEqual(plain(expected.spans));
  expect([trace.startNs, trace.length]).toEqual([expected.startNs, expected.length]);
  expect(layout).toEqual(layoutTrace(expected.spans));
  expect(new Set(transfers(answer)).size).toBe(18);
});

describe("critical path", () => {
  const path = (spans: Span[]) =>
    criticalPath(spans, layoutTrace(spans)).map((one) => `${spans[one.span]?.id}:${one.from}-${one.to}`);

  it("follows what ended last", () => {
    expect(path([span("a", "", 0, 10), span("b", "a", 1, 3), span("c", "a", 5, 4)])).toEqual([
      "a:9-10",
      "c:5-9",
      "a:4-5",
      "b:1-4",
      "a:0-1",
    ]);
  });

  it("passes over what ran beside it", () => {
    expect(path([span("a", "", 0, 10), span("long", "a", 1, 8), span("short", "a", 2, 3)])).toEqual([
      "a:9-10",
      "long:1-9",
      "a:0-1",
    ]);
  });

  it("cuts children that outlive their parent", () => {
    expect(path([span("a", "", 0, 10), span("b", "a", 5, 50)])).toEqual(["b:5-10", "a:0-5"]);
  });

  it("is packed by span, earliest first, with near parts as one", () => {
    const spans = [span("a", "", 0, 20), span("b", "a", 1, 3), span("c", "a", 5, 4), span("d", "a", 9, 8)];
    const packed = packPath(criticalPath(spans, layoutTrace(spans)), spans.length);
    const parts = (index: number, gap: number) => partsOf(packed, index, gap).map((one) => `${one.from}-${one.to}`);
    expect(parts(0, 0)).toEqual(["0-1", "4-5", "17-20"]);
    expect(parts(0, 4)).toEqual(["0-5", "17-20"]);
    expect([parts(1, 0), parts(2, 0), parts(3, 0), parts(9, 0)]).toEqual([["1-4"], ["5-9"], ["9-17"], []]);
  });

  it("covers the root exactly once", () => {
    const spans = [
      span("a", "", 0, 100),
      span("b", "a", 10, 50),
      span("c", "b", 20, 30),
      span("d", "a", 55, 30),
      span("e", "d", 56, 10),
    ];
    const segments = criticalPath(spans, layoutTrace(spans));
    expect(segments.reduce((sum, one) => sum + one.to - one.from, 0)).toBe(100);
    segments.reduce((before, one) => {
      expect(one.to).toBe(before);
      return one.from;
    }, 100);
  });
});

it("paints the minimap in runs", () => {
  const spans = [span("a", "", 0, 10), span("b", "a", 5, 5)];
  const grid = minimapGrid(traceOf(spans), layoutTrace(spans), () => 3, 10, 4);
  const runs: string[] = [];
  eachRun(grid, (hue, x, y, length) => runs.push(`${hue}:${x},${y}+${length}`));
  expect(runs).toEqual(["3:0,0+10", "3:5,1+5"]);
});

describe("decode", () => {
  it("reads the wire shape", () => {
    const trace = decodeTrace({
      trace: {
        resourceSpans: [
          {
            resource: { attributes: [{ key: "service.name", value: { stringValue: "gateway" } }] },
            scopeSpans: [
              {
                scope: { name: "lib" },
                spans: [
                  {
                    spanId: "3FqWLCLg3YM=",
                    name: "GET /",
                    kind: "SPAN_KIND_SERVER",
                    startTimeUnixNano: "1795168902449202177",
                    endTimeUnixNano: "1795168902449302177",
                    status: { code: "STATUS_CODE_ERROR", message: "no" },
                    attributes: [{ key: "n", value: { intValue: "9007199254740993" } }],
                    events: [{ name: "e", timeUnixNano: "1795168902449202277" }],
                  },
                ],
              },
            ],
          },
        ],
      },
    });
    expect(trace.spans[0]).toMatchObject({
      id: "dc5a962c22e0dd83",
      start: 0,
      length: 100_000,
      isError: true,
      kind: "server",
      attributes: [{ key: "n", value: "9007199254740993" }],
      events: [{ name: "e", at: 100 }],
    });
    expect(decodeTrace({ batches: [] }).spans).toEqual([]);
    expect(decodeTrace(null).length).toBe(0);
  });

  it("reads ids and values of every type", () => {
    expect(hexId("00AB00000000000f")).toBe("00ab00000000000f");
    expect(hexId("%")).toBe("%");
    for (let size = 1; size < 20; size += 1) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 83 + size * 7) % 256);
      const hex = Buffer.from(bytes).toString("hex");
      expect([size, hexId(Buffer.from(bytes).toString("base64"))]).toEqual([size, hex]);
    }
    expect(anyText({ arrayValue: { values: [{ intValue: "1" }, { stringValue: "x" }] } })).toBe('["1","x"]');
    expect(anyText({ kvlistValue: { values: [{ key: "a", value: { boolValue: true } }] } })).toBe('{"a":"true"}');
    expect(anyText(undefined)).toBe("");
  });
});

describe("queries", () => {
  it("are told apart", () => {
    expect(traceIdIn(" A1B2C3D4E5F60718 ")).toBe("a1b2c3d4e5f60718");
    expect(traceIdIn("{}")).toBeUndefined();
    expect(isSpanMetric("{} | rate() by (resource.service.name)")).toBe(true);
    expect(isSpanMetric("{ name = `rate(` }")).toBe(false);
  });

  it("take conditions", () => {
    expect(withCondition("{}", "status = error")).toBe("{ status = error }");
    expect(withCondition("{ a = 1 } | count() > 2", "b = 2")).toBe("{ a = 1 && b = 2 } | count() > 2");
    expect(withCondition("", "b = 2")).toBe("{ b = 2 }");
  });
});

it("places points by logarithm and finds the nearest", () => {
  const one = (durationMs: number, start: number) => ({
    id: "",
    rootService: "",
    rootName: "",
    start,
    durationMs,
    matched: 0,
    services: [],
    spans: 1,
    errors: 0,
  });
  const traces = [one(1, 0), one(100, 50), one(10_000, 100)];
  expect(durationScale(traces)).toEqual({ low: 1, high: 10_000 });
  const places = placeTraces(traces, { from: 0, to: 100 }, { left: 10, top: 0, width: 100, height: 80 });
  expect(places.map((place) => [place.x, place.y])).toEqual([
    [10, 80],
    [60, 40],
    [110, 0],
  ]);
  expect(nearestPlace(places, 62, 41, 5)?.trace.durationMs).toBe(100);
  expect(nearestPlace(places, 30, 30, 5)).toBeUndefined();
  expect(durationScale([]).high).toBeGreaterThan(durationScale([]).low);
});

it("ticks at round local times", () => {
  const from = new Date(2026, 10, 25, 13, 51, 7).getTime();
  const { step, ticks } = timeTicks({ from, to: from + 3_600_000 }, 11);
  expect(step).toBe(600);
  expect(ticks.map((at) => new Date(at * 1_000).getMinutes())).toEqual([0, 10, 20, 30, 40, 50]);
  expect(timeTicks({ from: 0, to: 86_400_000 * 3_650 }, 5).ticks.length).toBeLessThanOrEqual(6);
});

it("the metrics of a service quote its name", () => {
  expect(serviceMetrics('a"b')[0]).toContain('{service="a\\"b"}');
  expect(serviceMetrics("a")[1]).toContain('status_code="STATUS_CODE_ERROR"');
});

it("finds spans by text, one after the other", () => {
  const span = (id: string, name: string, value = "") => ({
    id,
    name,
    statusMessage: "",
    isError: name === "broken",
    resource: { service: "api", attributes: [] },
    attributes: [{ key: "k", value }],
    events: [],
  });
  const trace = { spans: [span("1", "GET /cart"), span("2", "query", "SELECT Cart"), span("3", "broken")] };
  const find = (text: string) => findSpans(trace as unknown as Trace, [2, 0, 1], text);
  expect(find("cart")).toEqual([0, 1]);
  expect(find(" error ")).toEqual([2]);
  expect(find("api")).toEqual([2, 0, 1]);
  expect(find("")).toEqual([]);
  expect([nextFound([0, 1], -1, 1), nextFound([0, 1], 1, 1), nextFound([0, 1], 0, -1), nextFound([], 0, 1)]).toEqual([
    0,
    0,
    1,
    undefined,
  ]);
});

it("all but the first is folded at once", () => {
  const layout = { order: Int32Array.of(2, 0, 1, 3), subtree: Int32Array.of(4, 2, 1, 1) };
  expect([...parentsOf(layout)]).toEqual([0]);
});
