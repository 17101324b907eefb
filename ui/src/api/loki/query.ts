// GET or POST /loki/api/v1/query_range for lines, and the entries of a tail message, which have the same shape.
import { type Labels, labels, list, number, record, text } from "../decode";
import { getBytes, getJson } from "../http";

/** Asks the server to keep stream labels, structured metadata and parsed fields apart. */
export const CATEGORIZE = { "X-Loki-Response-Encoding-Flags": "categorize-labels" } as const;

export interface RawEntry {
  /** Epoch nanoseconds as decimal text. */
  readonly ns: string;
  readonly line: string;
  readonly stream: Labels;
  readonly metadata: Labels;
  readonly parsed: Labels;
}

export interface LinesAnswer {
  readonly entries: readonly RawEntry[];
  readonly bytes: number | undefined;
}

export interface LinesQuery {
  readonly query: string;
  /** Epoch nanoseconds; start inclusive, end exclusive. */
  readonly start: string;
  readonly end: string;
  readonly limit: number;
  /** Which end the limit counts from; newest first when absent. */
  readonly direction?: "backward" | "forward";
}

function request(ask: LinesQuery, signal: AbortSignal | undefined) {
  const { query, start, end, limit, direction = "backward" } = ask;
  return { params: { query, start, end, limit, direction }, headers: CATEGORIZE, signal, post: true } as const;
}

const PATH = "/loki/api/v1/query_range";

/** The answer as it comes, for the parser's thread. */
export function queryLinesBytes(ask: LinesQuery, signal?: AbortSignal): Promise<ArrayBuffer> {
  return getBytes(PATH, request(ask, signal));
}

export async function queryLines(ask: LinesQuery, signal?: AbortSignal): Promise<LinesAnswer> {
  const answer = record(await getJson(PATH, request(ask, signal)));
  const data = record(answer.data);
  const entries = text(data.resultType) === "streams" ? decodeStreams(data.result) : [];
  return { entries, bytes: number(record(record(data.stats).summary).totalBytesProcessed) };
}

export function decodeStreams(streams: unknown): RawEntry[] {
  return list(streams).flatMap((one) => {
    const entry = record(one);
    const stream = labels(entry.stream);
    return list(entry.values).flatMap((value): RawEntry[] => {
      if (!Array.isArray(value) || typeof value[0] !== "string") return [];
      const extra = record(value[2]);
      return [
        {
          ns: value[0],
          line: text(value[1]),
          stream,
          metadata: labels(extra.structuredMetadata),
          parsed: labels(extra.parsed),
        },
      ];
    });
  });
}
