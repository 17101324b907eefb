// POST /api/oriel/v1/query: queries asked in the same moment leave as one request, and each is answered when it is ready.
// Invariant: every question is answered, refused or aborted; a request without listeners is given up, so that the server
// stops computing.
import { ApiError, postStream } from "../http";
import { CATEGORIZE } from "../loki/query";
import type { Frame, Instant } from "../matrix";
import { type Answer, AnswerReader } from "./frames";

/** One query; times in epoch milliseconds, both ends inside. */
export interface Ask {
  readonly signal: "metrics" | "logs" | "traces";
  readonly mode: "range" | "instant" | "rows";
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
  readonly limit?: number;
}

interface Waiting {
  readonly ask: Ask;
  readonly signal: AbortSignal | undefined;
  readonly answer: (answer: Answer) => void;
  readonly refuse: (reason: unknown) => void;
}

/** What the server takes in one request. */
const MOST_QUERIES = 500;

let gathered: Waiting[] = [];

/** Asks with whatever else is asked in this moment. */
export function ask(query: Ask, signal?: AbortSignal): Promise<Answer> {
  return new Promise((answer, refuse) => {
    if (signal?.aborted) {
      refuse(signal.reason);
      return;
    }
    if (gathered.length === 0) setTimeout(flush, 0);
    gathered.push({ ask: query, signal, answer, refuse });
    if (gathered.length === MOST_QUERIES) flush();
  });
}

function flush(): void {
  const all = gathered;
  gathered = [];
  if (all.length > 0) void send(all);
}

async function send(all: readonly Waiting[]): Promise<void> {
  const open = new Map(all.map((one, index) => [String(index), one]));
  const controller = new AbortController();
  const close = (id: string) => {
    if (open.delete(id) && open.size === 0) controller.abort();
  };
  for (const [id, one] of open) {
    one.signal?.addEventListener("abort", () => {
      one.refuse(one.signal?.reason);
      close(id);
    });
  }
  const reader = new AnswerReader((id, answer) => {
    const one = open.get(id);
    if (one === undefined) return;
    open.delete(id);
    if (answer.kind === "error") one.refuse(answer.error);
    else one.answer(answer);
  });
  try {
    const queries = all.map((one, index) => ({ id: String(index), ...one.ask }));
    await postStream("/api/oriel/v1/query", { queries }, controller.signal, (bytes) => reader.push(bytes), CATEGORIZE);
    reader.end();
    for (const one of open.values()) one.refuse(new ApiError("The server left this query without an answer.", 0));
  } catch (cause) {
    for (const one of open.values()) one.refuse(cause);
  }
}

/** Series on their grid. */
export function gridOf(answer: Answer): Frame {
  if (answer.kind !== "grid") return { times: [], series: [] };
  const series = answer.series.map(({ labels, values, nan }) => ({
    labels,
    values: Array.from(values, (value, index) => (Number.isNaN(value) && !nan.has(index) ? null : value)),
  }));
  return { times: timesOf(answer), series };
}

/** Series on their grid in the columns that came, for charts of very many points. */
export function columnsOf(answer: Answer): Frame<Float64Array> {
  if (answer.kind !== "grid") return { times: [], series: [] };
  return { times: timesOf(answer), series: answer.series };
}

function timesOf({ start, step, points }: Extract<Answer, { kind: "grid" }>): number[] {
  return Array.from({ length: points }, (_, index) => (start + index * step) / 1_000);
}

/** Numbers at one time, as tables take them. */
export function rowsOf(answer: Answer): Instant[] {
  if (answer.kind !== "vector") return [];
  return answer.series.map(({ labels, values }) => ({
    labels,
    time: answer.at / 1_000,
    value: values[0] ?? Number.NaN,
    histogram: undefined,
  }));
}

export function warningsOf(answer: Answer): readonly string[] {
  return "warnings" in answer ? answer.warnings : [];
}
