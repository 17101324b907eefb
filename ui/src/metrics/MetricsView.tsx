// Explore for metrics: queries, chart or table of now, and what exists while nothing is asked.
import { useMemo } from "react";
import { lokiLabels } from "../api/loki/labels";
import type { Frame, Instant, Values } from "../api/matrix";
import { csvText } from "../charts/csv";
import type { ChartStyle } from "../charts/options";
import styles from "../explore/explore.module.css";
import { QueryRows } from "../explore/QueryRows";
import { Refused } from "../explore/Refused";
import { useExplore } from "../explore/useExplore";
import { promql } from "../lang/promql";
import { useTime } from "../time/TimeContext";
import { Choices } from "../ui/Choices";
import { useWidth } from "../ui/hooks/useWidth";
import { Notice } from "../ui/Notice";
import { Download, type Saved } from "../ui/save/Download";
import { useStoredChoice } from "../ui/stored";
import { Toggle } from "../ui/Toggle";
import { useAdvice } from "./advice/useAdvice";
import { ExplainTree } from "./explain/ExplainTree";
import { InstantTable } from "./InstantTable";
import { logsOf } from "./logsOf";
import { MetricsChart } from "./MetricsChart";
import { MetricsStart } from "./MetricsStart";
import { toggleMatcher } from "./matchers";
import { matrixJson, vectorCsv, vectorJson } from "./saveMetrics";
import { runStates, useInstantQueries, useNamedSeries, useRangeQueries } from "./useMetricQueries";

const VIEWS = [
  { mode: undefined, label: "Range", testId: "range" },
  { mode: "instant", label: "Instant", testId: "instant" },
  { mode: "tree", label: "Explain", testId: "explain-toggle" },
] as const;

const STYLES = ["lines", "points", "areas", "bars"] as const;
const STYLE_WORDS: Readonly<Record<ChartStyle, string>> = {
  lines: "Lines",
  points: "Points",
  areas: "Stacked areas",
  bars: "Stacked bars",
};

const HINT = "PromQL, for example  rate(node_cpu_seconds_total[5m])";

export function MetricsView() {
  const explore = useExplore();
  const time = useTime();
  const [host, width] = useWidth();
  const language = useMemo(() => promql(), []);
  const isRange = explore.mode === undefined;
  const isInstant = explore.mode === "instant";
  const { rows } = explore;
  const shown = useMemo(() => rows.filter((one) => !one.hidden).map((one) => one.text), [rows]);
  const ranges = useRangeQueries(rows, width, isRange);
  const instants = useInstantQueries(rows, isInstant);
  const { times, named } = useNamedSeries(ranges.answers, rows);
  const states = isRange
    ? runStates(ranges.answers, (value) => value.frame.series.length)
    : runStates(instants, (value) => value.rows.length);

  const advice = useAdvice(explore.queries);
  const [style, setStyle] = useStoredChoice("oriel.metrics.style", STYLES, "lines");
  const answers = (isRange ? ranges.answers : instants).filter((_, index) => rows[index]?.hidden === false);
  // Nothing was answered: what to do stands in the place of the answer.
  const isRefused =
    shown.length > 0 &&
    (isRange || isInstant) &&
    answers.length > 0 &&
    answers.every((one) => one.error !== null && !one.isLoading);

  const files = isRange
    ? rangeFiles(
        ranges.answers.flatMap((one) => one.data?.value.frame ?? []),
        () => csvText(times, named),
      )
    : isInstant
      ? instantFiles(instants.flatMap((one) => one.data?.value.rows ?? []))
      : [];

  const toLogs = async () => {
    // Without an answer the hop still leads to all lines.
    const known = await lokiLabels(time.range).catch(() => []);
    explore.beside({ signal: "logs", q: [logsOf(shown.join(" or "), known)] });
  };

  return (
    <>
      <QueryRows
        signal="metrics"
        rows={rows}
        states={states}
        {...(advice === undefined ? {} : { advice })}
        language={language}
        hint={HINT}
        onRun={explore.runRows}
        onAgain={time.refresh}
        tools={
          <>
            {VIEWS.map(({ mode, label, testId }) => (
              <Toggle
                key={label}
                label={label}
                on={explore.mode === mode}
                onClick={() => explore.change({ mode })}
                testId={testId}
              />
            ))}
            {isRange && (
              <Choices
                label="How series are drawn"
                choices={STYLES}
                words={STYLE_WORDS}
                chosen={style}
                testId="style"
                onChoose={setStyle}
              />
            )}
            <span className={styles.gap} />
            {shown.length > 0 && (
              <Toggle icon="logs" label="Logs of these labels" onClick={() => void toLogs()} testId="to-logs" />
            )}
            {files.length > 0 && <Download files={files} />}
          </>
        }
      />
      <div className={styles.results} ref={host}>
        {isRefused && (
          <Refused
            queries={shown}
            errors={answers.map((one) => one.error)}
            onRun={explore.run}
            onAgain={time.refresh}
          />
        )}
        {(explore.queries.length === 0 || isRefused) && <MetricsStart onPick={(expr) => explore.run([expr])} />}
        {rows.length > 0 && shown.length === 0 && (
          <Notice title="Every query is hidden">Show one again with the eye in its row.</Notice>
        )}
        {shown.length > 0 && isRange && !isRefused && (
          <MetricsChart queries={shown} result={ranges} times={times} named={named} style={style} />
        )}
        {shown.length > 0 && isInstant && !isRefused && (
          <InstantTable
            queries={explore.queries}
            answers={instants}
            onFilter={(name, value, wanted) =>
              explore.run(explore.queries.map((query) => toggleMatcher(query, name, value, wanted)))
            }
          />
        )}
        {explore.mode === "tree" &&
          // biome-ignore lint/suspicious/noArrayIndexKey: a query is its letter
          shown.map((query, index) => <ExplainTree key={index} query={query} />)}
      </div>
    </>
  );
}

function rangeFiles(frames: readonly Frame<Values>[], csv: () => string): readonly Saved[] {
  if (frames.every((one) => one.series.length === 0)) return [];
  return [
    { label: "CSV, a column a series", name: "series.csv", type: "text/csv", text: csv },
    { label: "JSON", name: "series.json", type: "application/json", text: () => matrixJson(frames) },
  ];
}

function instantFiles(rows: readonly Instant[]): readonly Saved[] {
  if (rows.length === 0) return [];
  return [
    { label: "CSV, a column a label", name: "values.csv", type: "text/csv", text: () => vectorCsv(rows) },
    { label: "JSON", name: "values.json", type: "application/json", text: () => vectorJson(rows) },
  ];
}
