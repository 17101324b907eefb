// GET /api/oriel/v1/queries: what runs now and what was slow. DELETE /api/oriel/v1/queries/ID cancels.
import { SIGNALS, type Signal } from "../../explore/search";
import { list, number, record, text } from "../decode";
import { getJson, sendJson } from "../http";

export interface ServerQuery {
  readonly id: number;
  readonly signal: Signal;
  /** `instant`, `range` or `search`. */
  readonly kind: string;
  readonly query: string;
  /** Epoch milliseconds that it asks for. */
  readonly start: number;
  readonly end: number;
  /** Epoch milliseconds. */
  readonly began: number;
  readonly seconds: number;
  readonly rows: number;
  readonly bytes: number;
  /** It has not got its turn yet. */
  readonly waiting: boolean;
  /** `ok` or the words of its failure; empty while it runs. */
  readonly outcome: string;
}

export interface ServerQueries {
  readonly running: readonly ServerQuery[];
  readonly slow: readonly ServerQuery[];
}

export function decodeQueries(value: unknown): ServerQueries {
  const answer = record(value);
  return { running: list(answer.running).map(decodeQuery), slow: list(answer.slow).map(decodeQuery) };
}

function decodeQuery(value: unknown): ServerQuery {
  const one = record(value);
  const count = (name: string) => number(one[name]) ?? 0;
  return {
    id: count("id"),
    signal: SIGNALS.find((known) => known === one.signal) ?? "metrics",
    kind: text(one.kind),
    query: text(one.query),
    start: count("start"),
    end: count("end"),
    began: count("began"),
    seconds: count("seconds"),
    rows: count("rowsRead"),
    bytes: count("bytesRead"),
    waiting: one.waiting === true,
    outcome: text(one.outcome),
  };
}

export async function fetchQueries(signal?: AbortSignal): Promise<ServerQueries> {
  return decodeQueries(await getJson("/api/oriel/v1/queries", { signal }));
}

export async function cancelQuery(id: number): Promise<void> {
  await sendJson("DELETE", `/api/oriel/v1/queries/${id}`);
}
