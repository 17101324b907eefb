// One query of a panel: its text, source, legend and format.
import { NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { type Json, text } from "../../../api/decode";
import { Editor } from "../../../lang/Editor";
import { logql } from "../../../lang/logql";
import { promql } from "../../../lang/promql";
import { traceql } from "../../../lang/traceql";
import { useTime } from "../../../time/TimeContext";
import { Toggle } from "../../../ui/Toggle";
import type { Path } from "../../model/patch/path";
import type { PlacedPanel } from "../../model/section";
import { useDashboard } from "../../page/DashboardContext";
import { resolveSource, type Signal, SOURCES } from "../../query/source";
import { lookupOf, variablesIn } from "../../variables/values";
import styles from "../edit.module.css";
import { QueryFrame, type QueryPlace } from "./QueryFrame";

interface QueryProps {
  placed: PlacedPanel;
  index: number;
  target: Json;
  place: QueryPlace;
  onChange: (path: Path, value: unknown) => void;
}

export function Query({ placed, index, target, place, onChange }: QueryProps) {
  const { refId } = place;
  const { variables, dashboard } = useDashboard();
  const time = useTime();
  const parsed = placed.panel.targets[index];
  const resolved = resolveSource(
    placed.panel,
    parsed,
    lookupOf(variablesIn(variables, placed.inside), placed.scope, undefined, dashboard.inputs),
  );
  const signal: Signal = typeof resolved === "object" ? "metrics" : resolved;
  const { from, to } = time.range;
  const language = useMemo(() => {
    if (signal === "metrics") return promql();
    return signal === "logs" ? logql(() => ({ from, to })) : traceql(() => ({ from, to }));
  }, [signal, from, to]);
  const key = target.expr === undefined && target.query !== undefined ? "query" : "expr";
  const stored = text(target[key]);
  const [draft, setDraft] = useState(stored);
  useEffect(() => setDraft(stored), [stored]);
  const run = () => {
    if (draft !== stored) onChange([key], draft);
  };
  return (
    <QueryFrame
      place={place}
      color={`var(--${signal}-text)`}
      controls={
        <>
          <NativeSelect
            size="xs"
            aria-label={`Data source of ${refId}`}
            value={signal}
            data={SOURCES.map((one) => ({ value: one.signal, label: one.name }))}
            onChange={(event) => {
              const source = SOURCES.find((one) => one.signal === event.currentTarget.value);
              if (source !== undefined) onChange(["datasource"], { type: source.type, uid: source.uid });
            }}
          />
          <TextInput
            size="xs"
            placeholder="Legend, such as {{instance}}"
            aria-label={`Legend of ${refId}`}
            defaultValue={text(target.legendFormat)}
            onBlur={(event) => onChange(["legendFormat"], event.currentTarget.value)}
            style={{ flex: "1 1 160px" }}
          />
          <Toggle
            label="Instant"
            on={target.instant === true}
            onClick={() => onChange(["instant"], target.instant !== true)}
          />
          <NativeSelect
            size="xs"
            aria-label={`Format of ${refId}`}
            value={text(target.format, "time_series")}
            data={[
              { value: "time_series", label: "Time series" },
              { value: "table", label: "Table" },
              { value: "heatmap", label: "Heatmap" },
            ]}
            onChange={(event) => onChange(["format"], event.currentTarget.value)}
          />
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: leaving the editor runs what was typed, as its key does */}
      <div className={styles.queryText} onBlur={run}>
        <Editor
          value={draft}
          label={`Query ${refId}`}
          hint="Ctrl+Enter draws it"
          language={language}
          fault={undefined}
          onChange={setDraft}
          onRun={run}
        />
      </div>
    </QueryFrame>
  );
}
