// Found traces as CSV or as one JSON object a line. Pure.
import type { TraceSummary } from "../api/tempo/search";
import { csvCell } from "../charts/csv";

const COLUMNS = ["trace", "start", "service", "root", "duration_ms", "spans", "errors"] as const;

function rowOf(one: TraceSummary): Readonly<Record<(typeof COLUMNS)[number], string | number>> {
  return {
    trace: one.id,
    start: new Date(one.start).toISOString(),
    service: one.rootService,
    root: one.rootName,
    duration_ms: one.durationMs,
    spans: one.spans ?? one.matched,
    errors: one.errors,
  };
}

export function tracesCsv(traces: readonly TraceSummary[]): string {
  const rows = traces.map(rowOf).map((row) => COLUMNS.map((name) => csvCell(String(row[name]))).join(","));
  return [COLUMNS.join(","), ...rows].join("\n");
}

export function tracesJson(traces: readonly TraceSummary[]): string {
  return traces.map((one) => JSON.stringify(rowOf(one))).join("\n");
}
