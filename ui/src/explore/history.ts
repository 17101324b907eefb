// The last queries that ran, in this browser, and those that were starred. What storage holds is checked like any other input.
import { list, number, record, text } from "../api/decode";
import { SIGNALS, type Signal } from "./search";

export interface Recent {
  readonly signal: Signal;
  readonly expr: string;
  /** Epoch milliseconds of the last run. */
  readonly at: number;
  /** Starred queries are not forgotten. */
  readonly starred: boolean;
}

const KEY = "oriel.recent";
/** A week of work. */
const MOST_KEPT = 200;

export function decodeRecent(raw: string | null): Recent[] {
  if (raw === null) return [];
  try {
    return list(JSON.parse(raw)).flatMap((one) => {
      const entry = record(one);
      const signal = SIGNALS.find((known) => known === entry.signal);
      const expr = text(entry.expr);
      if (signal === undefined || expr === "") return [];
      return [{ signal, expr, at: number(entry.at) ?? 0, starred: entry.starred === true }];
    });
  } catch {
    return [];
  }
}

const isSame = (one: Pick<Recent, "signal" | "expr">, other: Pick<Recent, "signal" | "expr">) =>
  one.signal === other.signal && one.expr === other.expr;

export function withRecent(known: readonly Recent[], added: Omit<Recent, "starred">): Recent[] {
  const before = known.find((one) => isSame(one, added));
  const others = known.filter((one) => !isSame(one, added));
  const all = [{ ...added, starred: before?.starred ?? false }, ...others];
  let room = MOST_KEPT;
  return all.filter((one) => {
    if (one.starred) return true;
    room -= 1;
    return room >= 0;
  });
}

export function recentQueries(): Recent[] {
  try {
    return decodeRecent(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

function store(all: readonly Recent[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // Without storage there is no history, and nothing else is lost.
  }
}

export function rememberQuery(signal: Signal, expr: string): void {
  if (expr.trim() === "") return;
  store(withRecent(recentQueries(), { signal, expr: expr.trim(), at: Date.now() }));
}

export function starQuery(query: Recent, starred: boolean): void {
  store(recentQueries().map((one) => (isSame(one, query) ? { ...one, starred } : one)));
}

export function forgetQuery(query: Recent): void {
  store(recentQueries().filter((one) => !isSame(one, query)));
}

/** Queries of the signal that hold the text, starred ones first, then the newest. */
export function findQueries(all: readonly Recent[], signal: Signal, wanted: string): Recent[] {
  const low = wanted.trim().toLowerCase();
  return all
    .filter((one) => one.signal === signal && one.expr.toLowerCase().includes(low))
    .sort((a, b) => Number(b.starred) - Number(a.starred) || b.at - a.at);
}
