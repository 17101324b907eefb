// Numbers over a range, whatever the signal: what is asked in the same moment shares one request, and no number is text on the way.
import type { Frame } from "../matrix";
import { type Ask, ask, columnsOf, gridOf, warningsOf } from "./batch";
import type { Answer } from "./frames";

export interface RangeQuery {
  readonly expr: string;
  /** Epoch milliseconds, multiples of the step. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

interface RangeAnswer<F> {
  readonly frame: F;
  readonly warnings: readonly string[];
}

type Signal = Ask["signal"];

export async function queryRange(signal: Signal, query: RangeQuery, abort?: AbortSignal): Promise<RangeAnswer<Frame>> {
  const answer = await send(signal, query, abort);
  return { frame: gridOf(answer), warnings: warningsOf(answer) };
}

/** The same as columns of floats, which a chart takes without a copy. */
export async function queryColumns(
  signal: Signal,
  query: RangeQuery,
  abort?: AbortSignal,
): Promise<RangeAnswer<Frame<Float64Array>>> {
  const answer = await send(signal, query, abort);
  return { frame: columnsOf(answer), warnings: warningsOf(answer) };
}

function send(signal: Signal, { expr, startMs, endMs, stepMs }: RangeQuery, abort?: AbortSignal): Promise<Answer> {
  return ask({ signal, mode: "range", query: expr, start: startMs, end: endMs, step: stepMs }, abort);
}
