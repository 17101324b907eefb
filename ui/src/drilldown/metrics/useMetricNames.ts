// The names of all metrics.
import { useQuery } from "@tanstack/react-query";
import { labelValues } from "../../api/prometheus/labels";
import { useTime } from "../../time/TimeContext";

export function useMetricNames() {
  const { now } = useTime();
  return useQuery({
    queryKey: ["metric-names", now],
    queryFn: ({ signal }) => labelValues("__name__", undefined, signal),
    placeholderData: (before) => before,
  });
}
