// The names of all metrics, and how many series each has.
import { useQuery } from "@tanstack/react-query";
import { labelValues } from "../../api/prometheus/labels";
import { fetchTsdbStatus } from "../../api/prometheus/tsdbStatus";
import { useTime } from "../../time/TimeContext";

export function useMetricNames() {
  const { now } = useTime();
  return useQuery({
    queryKey: ["metric-names", now],
    queryFn: ({ signal }) => labelValues("__name__", undefined, signal),
    placeholderData: (before) => before,
  });
}

/** Further metrics have the fewest series of all. */
const MOST_COUNTED = 2_000;
const NONE: ReadonlyMap<string, number> = new Map();

export function useSeriesCounts(enabled: boolean): ReadonlyMap<string, number> {
  const { now } = useTime();
  const { data } = useQuery({
    queryKey: ["series-counts", now],
    queryFn: async ({ signal }) => {
      const { byMetric } = await fetchTsdbStatus(MOST_COUNTED, signal);
      return new Map(byMetric.map(({ name, value }) => [name, value]));
    },
    enabled,
    placeholderData: (before) => before,
  });
  return data ?? NONE;
}
