// Explore for traces: a search with its results, a metric over spans, one open trace, or what exists.
import { useMemo, useRef, useState } from "react";
import type { TraceSummary } from "../api/tempo/search";
import { FrameChart } from "../charts/FrameChart";
import { useChartHeight } from "../charts/useChartHeight";
import exploreStyles from "../explore/explore.module.css";
import type { RunState } from "../explore/QueryRow";
import { QueryRows } from "../explore/QueryRows";
import { Refused } from "../explore/Refused";
import type { Row } from "../explore/rows";
import { useExplore } from "../explore/useExplore";
import { bytes, count, duration, short } from "../format/number";
import { traceql } from "../lang/traceql";
import { chartStep } from "../time/step";
import { useTime } from "../time/TimeContext";
import { useWidth } from "../ui/hooks/useWidth";
import { SkeletonBlock } from "../ui/Skeletons";
import { Download, type Saved } from "../ui/save/Download";
import { Toggle } from "../ui/Toggle";
import { isSpanMetric, traceIdIn } from "./query";
import { SearchPanel } from "./SearchPanel";
import { ServiceMap } from "./ServiceMap";
import { tracesCsv, tracesJson } from "./saveTraces";
import { TracePage } from "./TracePage";
import { TracesStart } from "./TracesStart";
import { useSearch, useSpanMetric } from "./useTraces";

const HINT = "TraceQL or a trace id, for example  { status = error && duration > 100ms }";
const FIRST_LIMIT = 100;

export function TracesView() {
  const explore = useExplore();
  const time = useTime();
  const chartHeight = useChartHeight();
  const [host, width] = useWidth();
  const [limit, setLimit] = useState(FIRST_LIMIT);
  const query = explore.queries[0] ?? "";
  const isMetric = isSpanMetric(query);
  const isMap = explore.mode === "map";
  const isOpen = explore.trace !== undefined;
  const rangeNow = useRef(time.range);
  rangeNow.current = time.range;
  const language = useMemo(() => traceql(() => rangeNow.current), []);
  const search = useSearch(query, time.range, limit, query !== "" && !isMetric && !isOpen && !isMap);
  const step = chartStep(time.range, Math.max(width, 100));
  const metric = useSpanMetric(query, time.range, step, query !== "" && isMetric && !isOpen && !isMap && width > 0);

  const run = (rows: readonly Row[]) => {
    const id = traceIdIn(rows[0]?.text ?? "");
    if (id === undefined) explore.runRows(rows);
    else explore.change({ trace: id, span: undefined });
  };
  if (explore.trace !== undefined) return <TracePage key={explore.trace} id={explore.trace} />;
  const state = isMetric
    ? stateOf(metric, (value) => count(value.series.length, "series", "series"))
    : stateOf(search, (value) =>
        [
          count(value.traces.length, "trace"),
          ...(value.bytes === undefined || value.bytes === 0 ? [] : [`${bytes(value.bytes)} read`]),
        ].join(" · "),
      );
  const isRefused = !isMap && query !== "" && (isMetric ? metric.isError : search.isError);
  const found = search.data?.value.traces ?? [];
  return (
    <>
      <QueryRows
        signal="traces"
        rows={explore.rows}
        states={[state]}
        language={language}
        hint={HINT}
        single
        onRun={run}
        onAgain={time.refresh}
        tools={
          <>
            <Toggle
              icon="map"
              label="Service map"
              on={isMap}
              onClick={() => explore.change({ mode: isMap ? undefined : "map" })}
              testId="map-toggle"
            />
            <span className={exploreStyles.gap} />
            {!isMap && !isMetric && found.length > 0 && <Download files={filesOf(found)} />}
          </>
        }
      />
      <div className={exploreStyles.results} ref={host}>
        {isMap && <ServiceMap />}
        {isRefused && (
          <Refused
            queries={[query]}
            errors={[isMetric ? metric.error : search.error]}
            onRun={explore.run}
            onAgain={time.refresh}
          />
        )}
        {!isMap && (query === "" || isRefused) && <TracesStart onPick={(picked) => explore.run([picked])} />}
        {!isMap && query !== "" && !isMetric && (
          <SearchPanel answer={search} limit={limit} onMore={() => setLimit(limit * 5)} />
        )}
        {!isMap && isMetric && metric.data !== undefined && <FrameChart frame={metric.data.value} format={short} />}
        {!isMap && isMetric && metric.isLoading && <SkeletonBlock height={chartHeight} />}
      </div>
    </>
  );
}

interface Answer<T> {
  readonly data: { readonly ms: number; readonly value: T } | undefined;
  readonly error: Error | null;
  readonly isFetching: boolean;
}

function stateOf<T>(answer: Answer<T>, words: (value: T) => string): RunState {
  if (answer.isFetching) return { kind: "running" };
  if (answer.error !== null) return { kind: "error", error: answer.error };
  if (answer.data === undefined) return { kind: "idle" };
  return { kind: "done", text: `${duration(answer.data.ms * 1e6)} · ${words(answer.data.value)}` };
}

const filesOf = (traces: readonly TraceSummary[]): readonly Saved[] => [
  { label: "CSV", name: "traces.csv", type: "text/csv", text: () => tracesCsv(traces) },
  {
    label: "JSON, one object a line",
    name: "traces.ndjson",
    type: "application/x-ndjson",
    text: () => tracesJson(traces),
  },
];
