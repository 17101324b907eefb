// GET or POST /api/v1/query_range. Large answers are parsed beside the page.
import { frameOf } from "../../workers/jobs";
import { parse } from "../../workers/parser";
import { getBytes } from "../http";
import type { Frame } from "../matrix";

export interface RangeAnswer {
  readonly frame: Frame;
  readonly warnings: readonly string[];
}

export interface RangeQuery {
  readonly expr: string;
  /** Epoch milliseconds, multiples of the step. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export async function queryRange(query: RangeQuery, signal?: AbortSignal): Promise<RangeAnswer> {
  const { expr, startMs, endMs, stepMs } = query;
  const bytes = await getBytes("/api/v1/query_range", {
    params: { query: expr, start: startMs / 1_000, end: endMs / 1_000, step: stepMs / 1_000 },
    signal,
    post: true,
  });
  const grid = { startMs, endMs, stepMs };
  const packed = await parse("matrix", bytes, grid);
  return { frame: frameOf(packed, grid), warnings: packed.warnings };
}
