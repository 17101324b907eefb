// Drilldown's state is its URL.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Signal } from "../explore/search";
import { type Filter, readFilter, toggleFilter, writeFilter } from "./filters";
import type { DrilldownSearch } from "./search";

export interface Drilldown {
  readonly signal: Signal;
  readonly search: DrilldownSearch;
  readonly filters: readonly Filter[];
  readonly change: (part: DrilldownSearch, replace?: boolean) => void;
  readonly toggle: (filter: Filter) => void;
  /** Another signal, from its beginning. */
  readonly go: (signal: Signal) => void;
  /** The same in Explore, as a query. */
  readonly explore: (signal: Signal, query: string) => void;
  readonly openTrace: (id: string) => void;
}

export function useDrilldown(): Drilldown {
  const search = useSearch({ from: "/drilldown" });
  const navigate = useNavigate();
  return useMemo((): Drilldown => {
    const filters = (search.f ?? []).flatMap((one) => readFilter(one) ?? []);
    const change: Drilldown["change"] = (part, replace = false) =>
      void navigate({ to: "/drilldown", search: (old) => ({ ...old, ...part }), replace });
    return {
      signal: search.signal ?? "metrics",
      search,
      filters,
      change,
      toggle: (filter) => change({ f: toggleFilter(filters, filter).map(writeFilter) }),
      go: (signal) =>
        change({
          signal,
          of: undefined,
          by: undefined,
          f: undefined,
          view: undefined,
          measure: undefined,
          find: undefined,
        }),
      explore: (signal, query) =>
        void navigate({
          to: "/explore",
          search: ({ from, to, refresh, tenant }) => ({ from, to, refresh, tenant, signal, q: [query] }),
        }),
      openTrace: (trace) =>
        void navigate({
          to: "/explore",
          search: ({ from, to, refresh, tenant }) => ({ from, to, refresh, tenant, signal: "traces", trace }),
        }),
    };
  }, [search, navigate]);
}
