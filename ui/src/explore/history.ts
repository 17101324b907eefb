// The last queries that ran, in this browser. What storage holds is checked like any other input.
import { list, record, text } from "../api/decode";
import { SIGNALS, type Signal } from "./search";

export interface Recent {
  readonly signal: Signal;
  readonly expr: string;
}

const KEY = "oriel.recent";
/** A day of work; older ones are in the browser's own history. */
const MOST_KEPT = 60;

export function decodeRecent(raw: string | null): Recent[] {
  if (raw === null) return [];
  try {
    return list(JSON.parse(raw)).flatMap((one) => {
      const entry = record(one);
      const signal = SIGNALS.find((known) => known === entry.signal);
      const expr = text(entry.expr);
      return signal === undefined || expr === "" ? [] : [{ signal, expr }];
    });
  } catch {
    return [];
  }
}

export function withRecent(known: readonly Recent[], added: Recent): Recent[] {
  const others = known.filter((one) => one.signal !== added.signal || one.expr !== added.expr);
  return [added, ...others].slice(0, MOST_KEPT);
}

export function recentQueries(): Recent[] {
  try {
    return decodeRecent(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

export function rememberQuery(signal: Signal, expr: string): void {
  if (expr.trim() === "") return;
  try {
    localStorage.setItem(KEY, JSON.stringify(withRecent(recentQueries(), { signal, expr: expr.trim() })));
  } catch {
    // Without storage there is no history, and nothing else is lost.
  }
}
