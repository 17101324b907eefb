// Answers of metric queries as files: series over time as CSV or as the JSON that the metrics API writes, a table of now as CSV. Pure.
import type { Labels } from "../api/decode";
import type { Frame, Instant, Values } from "../api/matrix";
import { csvCell } from "../charts/csv";

/** Gaps are left out, as the API leaves them out. */
export function matrixJson(frames: readonly Frame<Values>[]): string {
  const result = frames.flatMap((frame) =>
    frame.series.map(({ labels, values }) => ({
      metric: labels,
      values: frame.times.flatMap((time, index) => {
        const value = values[index] ?? null;
        return value === null || Number.isNaN(value) ? [] : [[time, numberText(value)]];
      }),
    })),
  );
  return JSON.stringify({ resultType: "matrix", result }, null, 1);
}

export function vectorJson(rows: readonly Instant[]): string {
  const result = rows.map(({ labels, time, value }) => ({ metric: labels, value: [time, numberText(value)] }));
  return JSON.stringify({ resultType: "vector", result }, null, 1);
}

/** One column a label. */
export function vectorCsv(rows: readonly Instant[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].sort();
  const line = (labels: Labels) => names.map((name) => csvCell(labels[name] ?? ""));
  const body = rows.map((row) => [...line(row.labels), row.histogram ?? numberText(row.value)].join(","));
  return [[...names.map(csvCell), "value"].join(","), ...body].join("\n");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
