// Advice for the queries that ran, from what the server knows of their metrics.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { metricType } from "../../api/prometheus/metadata";
import { adviceOf, metricsOf } from "./advice";

/** More metrics than a query that one still reads. */
const MOST_ASKED = 8;

export function useAdvice(queries: readonly string[]) {
  const metrics = useMemo(() => [...new Set(queries.flatMap(metricsOf))].slice(0, MOST_ASKED), [queries]);
  const types = useQueries({
    queries: metrics.map((metric) => ({
      queryKey: ["metric-type", metric],
      queryFn: ({ signal }: { signal: AbortSignal }) => metricType(metric, signal),
      staleTime: Number.POSITIVE_INFINITY,
      // Without it the name decides.
      retry: false,
    })),
  });
  // No advice that is taken back a moment later.
  if (types.some((one) => one.isPending)) return undefined;
  const typeOf = (metric: string) => types[metrics.indexOf(metric)]?.data ?? "";
  return queries.map((query) => adviceOf(query, typeOf));
}
