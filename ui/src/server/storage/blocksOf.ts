// Blocks by signal and level, and where their data lies in time. Pure.
import type { Block } from "../../api/oriel/blocks";

export interface LevelSum {
  readonly level: number;
  readonly count: number;
  readonly rows: number;
  readonly bytes: number;
  /** Epoch milliseconds of the oldest and newest data. */
  readonly from: number;
  readonly to: number;
}

export interface SignalSum extends Omit<LevelSum, "level"> {
  readonly signal: string;
  /** The lowest level first. */
  readonly levels: readonly LevelSum[];
}

const ORDER = ["metrics", "logs", "traces"];

export function bySignal(blocks: readonly Block[]): SignalSum[] {
  const signals = [...new Set(blocks.map((one) => one.signal))];
  signals.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return signals.map((signal) => {
    const own = blocks.filter((one) => one.signal === signal);
    const levels = [...new Set(own.map((one) => one.level))].sort((a, b) => a - b);
    return {
      signal,
      ...sumOf(own),
      levels: levels.map((level) => ({ level, ...sumOf(own.filter((one) => one.level === level)) })),
    };
  });
}

function sumOf(blocks: readonly Block[]): Omit<LevelSum, "level"> {
  const sum = { count: blocks.length, rows: 0, bytes: 0, from: Number.POSITIVE_INFINITY, to: 0 };
  for (const one of blocks) {
    sum.rows += one.rows;
    sum.bytes += one.bytes;
    sum.from = Math.min(sum.from, one.start);
    sum.to = Math.max(sum.to, one.end);
  }
  return sum;
}

/** What the configuration says of keeping a signal: `metrics.retention` and `metrics.max_bytes`, in words. */
export function retentionOf(
  signal: string,
  lines: readonly { readonly path: string; readonly value: string }[],
): string {
  const value = (key: string) => lines.find((one) => one.path === `${signal}.${key}`)?.value.replaceAll("'", "") ?? "";
  const isSet = (text: string) => text !== "" && !/^0[a-zA-Z]*$/.test(text);
  const parts = [
    ...(isSet(value("retention")) ? [`for ${value("retention")}`] : []),
    ...(isSet(value("max_bytes")) ? [`up to ${value("max_bytes")}`] : []),
  ];
  return parts.length === 0 ? "kept until deleted" : `kept ${parts.join(", ")}`;
}
