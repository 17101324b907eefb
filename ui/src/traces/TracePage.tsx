// One trace: a line that says what it is, the minimap, the waterfall, and the drawer of the selected span.
import { useMemo, useState } from "react";
import { ApiError } from "../api/http";
import { millis } from "../api/loki/nanos";
import { assignHues, hueColor } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import { useExplore } from "../explore/useExplore";
import { count, duration } from "../format/number";
import { absolute, absoluteRange } from "../time/range";
import { CopyButton } from "../ui/copy/CopyButton";
import { ErrorNotice } from "../ui/ErrorNotice";
import { useDark } from "../ui/hooks/useDark";
import { IconButton } from "../ui/IconButton";
import { Notice } from "../ui/Notice";
import { SkeletonBlock, SkeletonRows } from "../ui/Skeletons";
import { Download, type Saved } from "../ui/save/Download";
import { Toggle } from "../ui/Toggle";
import { FindInTrace, useFound } from "./FindInTrace";
import { type OpenedTrace, traceText } from "./openTrace";
import { logsByField } from "./query";
import { FlameGraph } from "./trace/FlameGraph";
import { Minimap } from "./trace/Minimap";
import { SpanDrawer } from "./trace/SpanDrawer";
import { Waterfall } from "./trace/Waterfall";
import styles from "./traces.module.css";
import { padded, useTrace, useTraceLines } from "./useTraces";

export function TracePage({ id }: { id: string }) {
  const explore = useExplore();
  const answer = useTrace(id);
  const back = () =>
    explore.change({ trace: undefined, span: undefined, q: explore.queries.length === 0 ? ["{}"] : undefined });
  const opened = answer.data?.value;
  const trace = opened?.trace;
  const isMissing = answer.error instanceof ApiError && answer.error.status === 404;
  return (
    <div className={styles.page} data-testid="trace-view">
      {trace === undefined && (
        <div className={styles.head}>
          <IconButton icon="left" label="Back to the search" onClick={back} />
          <span className={styles.mono}>{id}</span>
        </div>
      )}
      {answer.isLoading && (
        <>
          <SkeletonBlock height={56} />
          <SkeletonRows rows={16} height={24} />
        </>
      )}
      {isMissing || trace?.spans.length === 0 ? (
        <Notice title="There is no such trace">
          Its spans may not have arrived yet, were dropped by sampling, or are older than the retention.
        </Notice>
      ) : (
        answer.error !== null && (
          <div style={{ padding: 12 }}>
            <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />
          </div>
        )
      )}
      {opened !== undefined && opened.trace.spans.length > 0 && <OpenTrace id={id} opened={opened} onBack={back} />}
    </div>
  );
}

/** Nanoseconds after the start of the trace. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

function OpenTrace({ id, opened, onBack }: { id: string; opened: OpenedTrace; onBack: () => void }) {
  const { trace, layout, critical } = opened;
  const explore = useExplore();
  const dark = useDark();
  const services = useMemo(() => [...new Set(trace.spans.map((one) => one.resource.service))], [trace]);
  const fixed = useServiceHues();
  const hues = useMemo(() => assignHues(services, fixed), [services, fixed]);
  const whole: Window = useMemo(() => ({ from: 0, to: Math.max(1, trace.length) }), [trace]);
  const [view, setView] = useState(whole);
  const [flame, setFlame] = useState(false);
  const spans = useFound(trace, layout.order);
  const startMs = millis(trace.startNs);
  const range = padded(startMs, startMs + trace.length / 1e6);
  const lines = useTraceLines(id, range, true);
  const root = trace.spans[layout.order[0] ?? 0];
  const errors = trace.spans.reduce((sum, one) => sum + (one.isError ? 1 : 0), 0);
  const selected = explore.span === undefined ? -1 : trace.spans.findIndex((one) => one.id === explore.span);
  const span = trace.spans[selected];
  const select = (index: number) => explore.change({ span: trace.spans[index]?.id }, true);
  const hueOf = (service: string) => hues.get(service) ?? 0;
  const colorOf = (service: string) => hueColor(hueOf(service), dark);
  const found = lines.data?.entries.length ?? 0;
  /** Which of the two ways finds lines; whoever clicks before that is known waits for it. */
  const linesQuery = async () =>
    (lines.data ?? (await lines.refetch({ cancelRefetch: false })).data)?.query ?? logsByField(id);
  return (
    <>
      <div className={styles.head}>
        <IconButton icon="left" label="Back to the search" onClick={onBack} />
        <strong className={styles.title}>
          <span className={styles.muted}>{root?.resource.service}</span> {root?.name}
        </strong>
        <span className={styles.facts}>
          {duration(trace.length)} · {count(trace.spans.length, "span")} · {count(services.length, "service")}
          {errors > 0 && <span className={styles.error}> · {count(errors, "error")}</span>} · {absolute(startMs)}
        </span>
        <span className={styles.gap} />
        <FindInTrace spans={spans} selected={selected} onSelect={select} />
        <Toggle
          icon="logs"
          label={found > 0 ? `Logs of this trace (${found})` : "Logs of this trace"}
          onClick={async () => explore.go("logs", [await linesQuery()], absoluteRange(range))}
          testId="trace-logs"
        />
        <IconButton
          icon="columns"
          label="Logs of this trace beside"
          onClick={async () => explore.beside({ signal: "logs", q: [await linesQuery()] }, absoluteRange(range))}
        />
        <Toggle icon="traces" label="Flame graph" on={flame} onClick={() => setFlame(!flame)} testId="flame-toggle" />
        <Download files={[fileOf(id)]} />
        <CopyButton label="Copy id" text={() => id} />
      </div>
      <Minimap trace={trace} layout={layout} hueOf={hueOf} view={view} onView={(next) => setView(next ?? whole)} />
      <div className={styles.split}>
        {flame ? (
          <FlameGraph trace={trace} layout={layout} colorOf={colorOf} onSelect={select} />
        ) : (
          <Waterfall
            trace={trace}
            layout={layout}
            critical={critical}
            view={view}
            selected={selected}
            only={spans.only}
            colorOf={colorOf}
            onSelect={select}
          />
        )}
        {span !== undefined && (
          <SpanDrawer
            span={span}
            trace={trace}
            traceId={id}
            lines={lines.data?.entries ?? []}
            onClose={() => explore.change({ span: undefined }, true)}
          />
        )}
      </div>
    </>
  );
}

const fileOf = (id: string): Saved => ({
  label: "JSON, as OTLP writes it",
  name: `trace-${id}.json`,
  type: "application/json",
  text: () => traceText(id),
});
