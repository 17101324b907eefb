// Explore for logs: one query, its volume by level, its lines; or the chart of a metric over lines; or what exists.
import { useMemo, useRef, useState } from "react";
import exploreStyles from "../explore/explore.module.css";
import type { RunState } from "../explore/QueryRow";
import { QueryRows } from "../explore/QueryRows";
import { Refused } from "../explore/Refused";
import { useExplore } from "../explore/useExplore";
import { bytes, count, duration } from "../format/number";
import { logql } from "../lang/logql";
import { InstantTable } from "../metrics/InstantTable";
import { alignRange, chartStep } from "../time/step";
import { useTime } from "../time/TimeContext";
import { useWidth } from "../ui/hooks/useWidth";
import { useStoredFlag } from "../ui/stored";
import { Toggle } from "../ui/Toggle";
import { isLineQuery } from "./filters";
import { LogMetric } from "./LogMetric";
import { LogsStart } from "./LogsStart";
import type { Dedupe } from "./lines/dedupe";
import { isNarrow, LinesPanel } from "./lines/LinesPanel";
import { LineTools } from "./lines/LineTools";
import { useLines, useLogInstant, useLogMetric } from "./useLines";

const HINT = 'LogQL, for example  {service_name="checkout"} |= "error"';

export function LogsView() {
  const explore = useExplore();
  const time = useTime();
  const [host, width] = useWidth();
  const query = explore.queries[0] ?? "";
  const isLines = isLineQuery(query);
  const [live, setLive] = useState(false);
  const [wrap, setWrap] = useStoredFlag("oriel.logs.wrap", false);
  const [fields, setFields] = useStoredFlag("oriel.logs.fields", true);
  const [pretty, setPretty] = useStoredFlag("oriel.logs.pretty", false);
  const [dedupe, setDedupe] = useState<Dedupe>("none");
  const [oldest, setOldest] = useStoredFlag("oriel.logs.oldest", false);
  const [nanos, setNanos] = useStoredFlag("oriel.logs.nanos", false);
  const look = { wrap, fields, pretty, dedupe, oldest, nanos };
  const rangeNow = useRef(time.range);
  rangeNow.current = time.range;
  const language = useMemo(() => logql(() => rangeNow.current), []);

  const loaded = useLines(query, query !== "" && isLines, oldest);
  const isChart = !isLines && explore.mode !== "instant";
  const step = chartStep(time.range, Math.max(width, 100));
  const metric = useLogMetric(query, alignRange(time.range, step), step, query !== "" && isChart && width > 0);
  const isInstant = !isLines && !isChart;
  const instant = useLogInstant(query, query !== "" && isInstant);
  const number = isInstant ? instant : metric;
  const error = isLines ? loaded.answer.error : number.error;
  const isRefused = query !== "" && !live && error !== null && (!isLines || loaded.lines.size === 0);
  const state = isLines
    ? linesState(loaded.answer, loaded.lines.size, oldest)
    : isInstant
      ? metricState(instant, (rows) => rows.length)
      : metricState(metric, (frame) => frame.series.length);

  return (
    <>
      <QueryRows
        signal="logs"
        rows={explore.rows}
        states={[state]}
        language={language}
        hint={HINT}
        single
        onRun={(rows) => {
          setLive(false);
          explore.runRows(rows);
        }}
        onAgain={time.refresh}
        tools={
          query !== "" &&
          (!isLines ? (
            <>
              <Toggle label="Range" on={isChart} onClick={() => explore.change({ mode: undefined })} testId="range" />
              <Toggle
                label="Instant"
                on={isInstant}
                onClick={() => explore.change({ mode: "instant" })}
                testId="instant"
              />
            </>
          ) : (
            <LineTools
              live={live}
              look={look}
              lines={loaded.lines}
              narrow={isNarrow(width)}
              onLive={setLive}
              onLook={(part) => {
                if (part.wrap !== undefined) setWrap(part.wrap);
                if (part.fields !== undefined) setFields(part.fields);
                if (part.pretty !== undefined) setPretty(part.pretty);
                if (part.oldest !== undefined) setOldest(part.oldest);
                if (part.nanos !== undefined) setNanos(part.nanos);
                if (part.dedupe !== undefined) setDedupe(part.dedupe);
              }}
            />
          ))
        }
      />
      <div className={exploreStyles.results} ref={host}>
        {isRefused && <Refused queries={[query]} errors={[error]} onRun={explore.run} onAgain={time.refresh} />}
        {(query === "" || isRefused) && <LogsStart onPick={(picked) => explore.run([picked])} />}
        {query !== "" && isLines && !isRefused && (
          <LinesPanel query={query} loaded={loaded} live={live} look={look} width={width} />
        )}
        {query !== "" && isChart && !isRefused && <LogMetric answer={metric} />}
        {query !== "" && isInstant && !isRefused && (
          <InstantTable queries={explore.queries} answers={[rowsOf(instant)]} />
        )}
      </div>
    </>
  );
}

function linesState(answer: ReturnType<typeof useLines>["answer"], size: number, oldest: boolean): RunState {
  if (answer.isFetching) return { kind: "running" };
  if (answer.error !== null) return { kind: "error", error: answer.error };
  const pages = answer.data?.pages;
  if (pages === undefined) return { kind: "idle" };
  const ms = pages.reduce((sum, one) => sum + one.ms, 0);
  const scanned = pages.reduce((sum, one) => sum + (one.value.bytes ?? 0), 0);
  const parts = [
    duration(ms * 1e6),
    partWords(answer, oldest) + count(size, "line"),
    ...(scanned > 0 ? [`${bytes(scanned)} read`] : []),
  ];
  return { kind: "done", text: parts.join(" · ") };
}

/** Which part of the range the loaded lines are. */
function partWords(answer: ReturnType<typeof useLines>["answer"], oldest: boolean): string {
  if (oldest) return answer.hasPreviousPage ? "oldest " : "";
  return answer.hasNextPage ? "newest " : "";
}

interface Timed<T> {
  readonly data: { readonly ms: number; readonly value: T } | undefined;
  readonly error: Error | null;
  readonly isFetching: boolean;
  readonly isLoading: boolean;
}

function metricState<T>(answer: Timed<T>, size: (value: T) => number): RunState {
  if (answer.isFetching) return { kind: "running" };
  if (answer.error !== null) return { kind: "error", error: answer.error };
  if (answer.data === undefined) return { kind: "idle" };
  const { ms, value } = answer.data;
  return { kind: "done", text: `${duration(ms * 1e6)} · ${count(size(value), "series", "series")}` };
}

function rowsOf({ data, error, isFetching, isLoading }: ReturnType<typeof useLogInstant>) {
  const rows = data === undefined ? undefined : { ms: data.ms, value: { rows: data.value } };
  return { data: rows, error, isFetching, isLoading };
}
