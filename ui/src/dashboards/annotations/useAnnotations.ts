// The events of a dashboard: every query that is on, asked once a run, kept on the screen while it is asked again.
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Range } from "../../time/range";
import type { AnnotationQuery, Dashboard } from "../model/types";
import { interpolate } from "../variables/interpolate";
import { lookupOf, macroLookup, type SettledMap } from "../variables/values";
import type { Annotation } from "./annotation";
import { askEvents } from "./ask";

export interface Asking {
  readonly dashboard: Dashboard;
  readonly queries: readonly AnnotationQuery[];
  readonly variables: SettledMap;
  readonly ready: boolean;
  readonly range: Range;
  readonly now: number;
}

export interface Events {
  readonly all: readonly Annotation[];
  /** Why a query failed, by its name. */
  readonly errors: ReadonlyMap<string, unknown>;
}

export function useAnnotations({ dashboard, queries, variables, ready, range, now }: Asking): Events {
  const lookup = useMemo(() => {
    const raw = { from: String(range.from), to: String(range.to) };
    const clock = { range, raw, stepMs: 60_000, scrapeMs: 15_000 };
    return lookupOf(variables, new Map(), macroLookup(clock, dashboard, variables), dashboard.inputs);
  }, [dashboard, variables, range]);
  const results = useQueries({
    queries: queries.map((query) => ({
      queryKey: [
        "annotations",
        dashboard.uid,
        { ...query, expr: interpolate(query.expr, lookup, "query") },
        range.from,
        range.to,
        now,
      ],
      queryFn: ({ signal }: { signal: AbortSignal }) => askEvents({ query, dashboard, range, lookup }, signal),
      enabled: ready,
      placeholderData: keepPreviousData<Annotation[]>,
    })),
  });
  const stamp = results
    .map((one, index) => `${queries[index]?.name} ${one.dataUpdatedAt} ${one.data?.length}`)
    .join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says when the events differ
  const all = useMemo(() => results.flatMap((one) => one.data ?? []), [stamp]);
  const errors = new Map(
    results.flatMap((one, index) => (one.error === null ? [] : [[queries[index]?.name ?? "", one.error] as const])),
  );
  return { all, errors };
}
