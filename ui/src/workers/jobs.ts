// What the parser's thread can do with the bytes of an answer. Pure; the thread and the tests call the same functions.
import { number, record, text } from "../api/decode";
import { decodeStreams } from "../api/loki/query";
import { decodeTrace } from "../api/tempo/trace";
import { type Boundary, buffersOf, type PackedLines, packLines } from "../logs/packed";
import { type PackedTrace, packTrace, traceBuffers } from "../traces/packed";
import { type CriticalPath, criticalPath, packPath } from "../traces/trace/criticalPath";
import { type Layout, layoutTrace } from "../traces/trace/layout";

export interface LaidOutTrace {
  readonly packed: PackedTrace;
  readonly layout: Layout;
  readonly critical: CriticalPath;
}

export interface Jobs {
  readonly lines: { readonly ask: Boundary | undefined; readonly answer: PackedLines };
  readonly trace: { readonly ask: undefined; readonly answer: LaidOutTrace };
}

export type JobName = keyof Jobs;

type Work = { readonly [Name in JobName]: (value: unknown, ask: Jobs[Name]["ask"]) => Jobs[Name]["answer"] };

const WORK: Work = { lines: linesJob, trace: traceJob };

/** Throws on bytes that are not JSON. */
export function runJob<Name extends JobName>(
  name: Name,
  bytes: ArrayBuffer,
  ask: Jobs[Name]["ask"],
): Jobs[Name]["answer"] {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return WORK[name](value, ask);
}

/** What may be handed over without a copy. */
export function transfers(answer: PackedLines | LaidOutTrace): ArrayBufferLike[] {
  if (!("layout" in answer)) return buffersOf(answer);
  const { order, depth, subtree, parent, row } = answer.layout;
  const { first, from, to } = answer.critical;
  const columns = [order, depth, subtree, parent, row, first, from, to];
  return [...traceBuffers(answer.packed), ...columns.map((one) => one.buffer)];
}

function linesJob(value: unknown, skip: Boundary | undefined): PackedLines {
  const data = record(record(value).data);
  const entries = text(data.resultType) === "streams" ? decodeStreams(data.result) : [];
  return packLines(entries, skip, number(record(record(data.stats).summary).totalBytesProcessed));
}

function traceJob(value: unknown): LaidOutTrace {
  const trace = decodeTrace(value);
  const layout = layoutTrace(trace.spans);
  return {
    packed: packTrace(trace),
    layout,
    critical: packPath(criticalPath(trace.spans, layout), trace.spans.length),
  };
}
