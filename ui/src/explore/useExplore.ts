// Explore's state is its URL. Running queries writes them there; everything shown derives from there.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { rememberQuery } from "./history";
import type { ExploreSearch, Signal } from "./search";

const NONE: readonly string[] = [];

export interface Explore {
  readonly signal: Signal;
  readonly queries: readonly string[];
  readonly mode: "range" | "instant";
  readonly trace: string | undefined;
  readonly span: string | undefined;
  /** Puts the queries into the URL, which runs them. */
  readonly run: (queries: readonly string[]) => void;
  /** Changes any part; the time range and the rest stay. */
  readonly change: (part: ExploreSearch & { from?: string; to?: string }, replace?: boolean) => void;
  /** Goes to another signal, starting from these queries. */
  readonly go: (signal: Signal, queries: readonly string[], range?: { from: string; to: string }) => void;
}

export function useExplore(): Explore {
  const search = useSearch({ from: "/explore" });
  const navigate = useNavigate();
  return useMemo((): Explore => {
    const signal = search.signal ?? "metrics";
    const change: Explore["change"] = (part, replace = false) =>
      void navigate({ to: "/explore", search: (old) => ({ ...old, ...part }), replace });
    return {
      signal,
      queries: search.q ?? NONE,
      mode: search.mode ?? "range",
      trace: search.trace,
      span: search.span,
      change,
      run: (queries) => {
        for (const one of queries) rememberQuery(signal, one);
        change({ signal, q: [...queries], trace: undefined, span: undefined });
      },
      go: (next, queries, range) =>
        change({ signal: next, q: [...queries], mode: undefined, trace: undefined, span: undefined, ...range }),
    };
  }, [search, navigate]);
}
