// Batches as the server writes them, cut into pieces anywhere.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ask, columnsOf, gridOf, rowsOf } from "./batch";
import { type Answer, AnswerReader } from "./frames";

function frame(header: unknown, body: Uint8Array = new Uint8Array()): Uint8Array {
  let text = JSON.stringify(header);
  while (text.length % 8 !== 0) text += " ";
  const padded = Math.ceil(body.length / 8) * 8;
  const out = new Uint8Array(8 + text.length + padded).fill(32);
  const view = new DataView(out.buffer);
  view.setUint32(0, 4 + text.length + padded, true);
  view.setUint32(4, text.length, true);
  out.set(new TextEncoder().encode(text), 8);
  out.set(body, 8 + text.length);
  return out;
}

const floats = (...values: number[]) => new Uint8Array(new Float64Array(values).buffer);
const END = frame({ kind: "end", queries: 1 });

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function read(bytes: Uint8Array, piece: number): Map<string, Answer> {
  const found = new Map<string, Answer>();
  const reader = new AnswerReader((id, answer) => found.set(id, answer));
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.slice(at, at + piece));
  reader.end();
  return found;
}

const grid = (extra: object) => ({ kind: "grid", start: 1_000, step: 500, points: 2, more: false, ...extra });

it("reads columns, gaps and long answers, however the stream is cut", () => {
  const stream = join(
    frame(
      grid({ ids: ["a", "b"], more: true, warnings: ["w"], series: [{ labels: { x: "1" }, nan: [1] }] }),
      floats(Number.NaN, Number.NaN),
    ),
    frame(
      { ids: ["c"], kind: "vector", start: 3_000, step: 1, points: 1, series: [{ labels: { y: "ä" } }] },
      floats(7),
    ),
    frame({ ids: ["d"], kind: "rows", bytes: 7 }, new TextEncoder().encode('{"x":1}')),
    frame(grid({ ids: ["a", "b"], series: [{ labels: { x: "2" } }] }), floats(3, 4)),
    frame({ ids: ["e"], kind: "error", status: 422, type: "execution", message: "no" }),
    END,
  );
  for (const piece of [1, 7, 64, stream.length]) {
    const found = read(stream, piece);
    const both = found.get("b");
    expect(found.get("a")).toBe(both);
    if (both === undefined) throw new Error("no answer");
    expect(gridOf(both)).toEqual({
      times: [1, 1.5],
      series: [
        { labels: { x: "1" }, values: [null, Number.NaN] },
        { labels: { x: "2" }, values: [3, 4] },
      ],
    });
    expect(columnsOf(both).series.map((one) => [...one.values])).toEqual([
      [Number.NaN, Number.NaN],
      [3, 4],
    ]);
    const vector = found.get("c");
    expect(vector === undefined ? [] : rowsOf(vector)).toEqual([
      { labels: { y: "ä" }, time: 3, value: 7, histogram: undefined },
    ]);
    expect(found.get("d")).toEqual({ kind: "rows", body: { x: 1 } });
    expect(found.get("e")).toMatchObject({ kind: "error", error: { message: "no", status: 422 } });
  }
});

it("tells a stream that was cut off, and one that lies", () => {
  const one = frame({ ids: ["a"], kind: "rows", bytes: 2 }, new TextEncoder().encode("{}"));
  expect(() => read(one, 8)).toThrow("cut off");
  expect(() => read(join(one, END).slice(0, -3), 8)).toThrow("cut off");
  expect(() => read(new Uint8Array([255, 255, 255, 255]), 4)).toThrow("cut off");
  expect(() => read(join(frame(grid({ ids: ["a"], series: [{}, {}] }), floats(1, 2)), END), 9)).toThrow("cut off");
});

// Where the page is.
beforeEach(() => vi.stubGlobal("document", { baseURI: "http://oriel.test/" }));
afterEach(() => vi.unstubAllGlobals());

it("asks together what is asked together, and gives up when nobody listens", async () => {
  const sent: { queries: { id: string; query: string }[]; signal: AbortSignal }[] = [];
  vi.stubGlobal("fetch", async (_url: URL, request: RequestInit) => {
    const body = JSON.parse(String(request.body)) as { queries: { id: string; query: string }[] };
    sent.push({ queries: body.queries, signal: request.signal as AbortSignal });
    const ids = body.queries.filter((one) => one.query !== "slow").map((one) => one.id);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(frame({ ids, kind: "rows", bytes: 2 }, new TextEncoder().encode("[]")));
        if (ids.length === body.queries.length) {
          controller.enqueue(END);
          controller.close();
        }
        request.signal?.addEventListener("abort", () => controller.error(request.signal?.reason));
      },
    });
    return new Response(stream);
  });
  const query = { signal: "metrics", mode: "rows", query: "m", start: 0, end: 1 } as const;
  const both = await Promise.all([ask(query), ask({ ...query, query: "n" })]);
  expect([both.map((one) => one.kind), sent.length, sent[0]?.queries.map((one) => one.query)]).toEqual([
    ["rows", "rows"],
    1,
    ["m", "n"],
  ]);
  const controller = new AbortController();
  const slow = ask({ ...query, query: "slow" }, controller.signal);
  await ask(query);
  expect(sent[1]?.signal.aborted).toBe(false);
  controller.abort(new Error("scrolled away"));
  await expect(slow).rejects.toThrow("scrolled away");
  expect(sent[1]?.signal.aborted).toBe(true);
  await expect(ask(query, controller.signal)).rejects.toThrow("scrolled away");
});
