// GET /tempo/api/search: traces that match a TraceQL query, newest first.
import type { Range } from "../../time/range";
import { list, number, record, text } from "../decode";
import { getJson } from "../http";
import { millis } from "../loki/nanos";
import { seconds } from "./tags";

export interface ServiceShare {
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
}

export interface TraceSummary {
  /** Hex, 32 digits. */
  readonly id: string;
  readonly rootService: string;
  readonly rootName: string;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly durationMs: number;
  /** Spans that the query matched. */
  readonly matched: number;
  readonly services: readonly ServiceShare[];
  readonly spans: number | undefined;
  readonly errors: number;
}

export interface SearchAnswer {
  readonly traces: readonly TraceSummary[];
  readonly bytes: number | undefined;
}

/** Spans a trace shows in the result; the whole trace is one click away. */
const SPANS_PER_SET = 3;

export async function searchTraces(
  q: string,
  range: Range,
  limit: number,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  return decodeSearch(
    await getJson("/tempo/api/search", { params: { q, limit, spss: SPANS_PER_SET, ...seconds(range) }, signal }),
  );
}

export function decodeSearch(body: unknown): SearchAnswer {
  const answer = record(body);
  const traces = list(answer.traces).map(decodeSummary);
  return { traces: traces.sort((a, b) => b.start - a.start), bytes: number(record(answer.metrics).inspectedBytes) };
}

function decodeSummary(value: unknown): TraceSummary {
  const trace = record(value);
  const sets = list(trace.spanSets);
  const all = sets.length > 0 ? sets : [trace.spanSet];
  const matched = all.reduce<number>(
    (sum, set) => sum + (number(record(set).matched) ?? list(record(set).spans).length),
    0,
  );
  const services = Object.entries(record(trace.serviceStats)).map(([name, stats]): ServiceShare => {
    return { name, spans: number(record(stats).spanCount) ?? 0, errors: number(record(stats).errorCount) ?? 0 };
  });
  return {
    id: text(trace.traceID).padStart(32, "0"),
    rootService: text(trace.rootServiceName),
    rootName: text(trace.rootTraceName),
    start: millis(text(trace.startTimeUnixNano, "0")),
    durationMs: number(trace.durationMs) ?? 0,
    matched,
    services,
    spans: services.length === 0 ? undefined : services.reduce((sum, one) => sum + one.spans, 0),
    errors: services.reduce((sum, one) => sum + one.errors, 0),
  };
}
