// What the parser's thread can do with the bytes of an answer. Pure; the thread and the tests call the same functions.
import { type Labels, labels, list, number, record, text, texts } from "../api/decode";
import { decodeStreams } from "../api/loki/query";
import { type Frame, matrixFrame } from "../api/matrix";
import { type Boundary, buffersOf, type PackedLines, packLines } from "../logs/packed";

/** The grid that a matrix was asked for, epoch milliseconds. */
export interface Grid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** A matrix in one piece: series after series, each as long as the grid. */
export interface PackedMatrix {
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  /** 1 where there is no sample: a sample may itself be NaN. */
  readonly gaps: Uint8Array;
  readonly warnings: readonly string[];
}

export interface Jobs {
  readonly lines: { readonly ask: Boundary | undefined; readonly answer: PackedLines };
  readonly matrix: { readonly ask: Grid; readonly answer: PackedMatrix };
}

export type JobName = keyof Jobs;

type Work = { readonly [Name in JobName]: (value: unknown, ask: Jobs[Name]["ask"]) => Jobs[Name]["answer"] };

const WORK: Work = { lines: linesJob, matrix: matrixJob };

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
export function transfers(answer: PackedLines | PackedMatrix): ArrayBufferLike[] {
  return "gaps" in answer ? [answer.values.buffer, answer.gaps.buffer] : buffersOf(answer);
}

function linesJob(value: unknown, skip: Boundary | undefined): PackedLines {
  const data = record(record(value).data);
  const entries = text(data.resultType) === "streams" ? decodeStreams(data.result) : [];
  return packLines(entries, skip, number(record(record(data.stats).summary).totalBytesProcessed));
}

function matrixJob(value: unknown, grid: Grid): PackedMatrix {
  const answer = record(value);
  const data = record(answer.data);
  const result = text(data.resultType) === "matrix" ? list(data.result) : [];
  const size = Math.floor((grid.endMs - grid.startMs) / grid.stepMs) + 1;
  const values = new Float64Array(result.length * size);
  const gaps = new Uint8Array(result.length * size);
  const names = result.map((one, series) => {
    const [only] = matrixFrame([one], grid.startMs, grid.endMs, grid.stepMs).series;
    only?.values.forEach((value, index) => {
      const at = series * size + index;
      if (value === null) gaps[at] = 1;
      else values[at] = value;
    });
    return labels(record(one).metric);
  });
  return { labels: names, values, gaps, warnings: [...texts(answer.warnings), ...texts(answer.infos)] };
}

export function frameOf(packed: PackedMatrix, grid: Grid): Frame {
  const size = Math.floor((grid.endMs - grid.startMs) / grid.stepMs) + 1;
  const times = Array.from({ length: size }, (_, index) => (grid.startMs + index * grid.stepMs) / 1_000);
  const series = packed.labels.map((name, at) => {
    const from = at * size;
    const values = new Array<number | null>(size);
    for (let index = 0; index < size; index += 1) {
      values[index] = packed.gaps[from + index] === 1 ? null : (packed.values[from + index] ?? null);
    }
    return { labels: name, values };
  });
  return { times, series };
}
