// Panels of the library in their places: what the dashboard holds is a reference, what is shown is the panel it names.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { type LibraryElement, readLibrary } from "../../api/dashboards/library";
import { filledFromLibrary } from "../model/library";
import type { Dashboard } from "../model/types";

export interface Library {
  readonly dashboard: Dashboard;
  /** Elements by uid, those that have come. */
  readonly elements: ReadonlyMap<string, LibraryElement>;
  /** Every element has come or failed. */
  readonly ready: boolean;
}

export function useLibrary(dashboard: Dashboard): Library {
  const uids = useMemo(() => {
    const all = dashboard.panels.flatMap((one) => [one, ...one.panels]);
    return [...new Set(all.flatMap((one) => (one.library === undefined ? [] : [one.library.uid])))];
  }, [dashboard]);
  const results = useQueries({
    queries: uids.map((uid) => ({
      queryKey: ["library", uid],
      queryFn: ({ signal }: { signal: AbortSignal }) => readLibrary(uid, signal),
      staleTime: 60_000,
    })),
  });
  const stamp = results.map((one) => one.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says when an element came
  const elements = useMemo(
    () => new Map(results.flatMap((one) => (one.data === undefined ? [] : [[one.data.uid, one.data] as const]))),
    [stamp],
  );
  const filled = useMemo(() => {
    if (uids.length === 0) return dashboard;
    return { ...dashboard, panels: filledFromLibrary(dashboard.panels, elements) };
  }, [dashboard, uids, elements]);
  return { dashboard: filled, elements, ready: results.every((one) => !one.isLoading) };
}
