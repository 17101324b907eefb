// Which service calls which: a map from the metrics that spans leave behind, with the same as a table below it.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { queryInstant } from "../api/prometheus/query";
import { useExplore } from "../explore/useExplore";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonBlock } from "../ui/Skeletons";
import { CallsTable } from "./CallsTable";
import { MapDrawing } from "./MapDrawing";
import { callsOf, layoutServices } from "./serviceGraph";

/** Below this a rate cannot be told from the range. */
const LEAST_WINDOW_S = 60;

function questions(seconds: number): readonly string[] {
  const window = `[${Math.max(LEAST_WINDOW_S, Math.round(seconds))}s]`;
  const by = (metric: string) => `sum by (client, server) (rate(${metric}${window}))`;
  return [
    by("traces_service_graph_request_total"),
    by("traces_service_graph_request_failed_total"),
    // The buckets of these metrics begin at a tenth of a second: a quantile would tell that of every fast call.
    `${by("traces_service_graph_request_server_seconds_sum")} / ${by("traces_service_graph_request_server_seconds_count")}`,
  ];
}

export function ServiceMap() {
  const { range, now } = useTime();
  const explore = useExplore();
  const answers = useQueries({
    queries: questions((range.to - range.from) / 1_000).map((expr) => ({
      queryKey: ["service-map", expr, range.to, now],
      queryFn: ({ signal }: { signal: AbortSignal }) => queryInstant(expr, range.to, signal),
    })),
  });
  const [rates, errors, means] = answers.map((one) => one.data?.rows);
  const graph = useMemo(
    () => (rates === undefined ? undefined : layoutServices(callsOf(rates, errors ?? [], means ?? []))),
    [rates, errors, means],
  );
  const failed = answers.find((one) => one.error !== null);
  if (failed !== undefined) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  if (graph === undefined) return <SkeletonBlock height={420} />;
  if (graph.services.length === 0) {
    return (
      <Notice title="No calls in this range">
        The map is drawn from traces_service_graph_request_total, which Oriel makes of spans of client and server.
      </Notice>
    );
  }
  const search = (query: string) => explore.change({ mode: undefined, q: [query], trace: undefined, span: undefined });
  return (
    <>
      <MapDrawing graph={graph} onSearch={search} />
      <CallsTable calls={graph.calls} onSearch={search} />
    </>
  );
}
