// The queries of a panel: text, source, legend and format of each.
import { NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { type Json, list, record, text } from "../../api/decode";
import { Editor } from "../../lang/Editor";
import { logql } from "../../lang/logql";
import { promql } from "../../lang/promql";
import { traceql } from "../../lang/traceql";
import { useTime } from "../../time/TimeContext";
import { IconButton } from "../../ui/IconButton";
import { Toggle } from "../../ui/Toggle";
import type { Path } from "../model/patch/path";
import type { PlacedPanel } from "../model/section";
import { useDashboard } from "../page/DashboardContext";
import { resolveSource, type Signal, SOURCES } from "../query/source";
import { lookupOf, variablesIn } from "../variables/values";
import styles from "./edit.module.css";
import { freeLetter } from "./names";
import type { PartProps } from "./part";

export function Queries({ placed, json, onChange }: PartProps & { placed: PlacedPanel }) {
  const targets = list(json.targets).map(record);
  const put = (target: Json) => {
    const refId = freeLetter(targets.map((one) => text(one.refId)));
    onChange(["targets", targets.length], { ...target, refId });
  };
  const add = () => put({ datasource: targets.at(-1)?.datasource, expr: "" });
  return (
    <div className={styles.queries}>
      {targets.map((target, index) => (
        <Query
          // biome-ignore lint/suspicious/noArrayIndexKey: letters may repeat
          key={`${text(target.refId)} ${index}`}
          placed={placed}
          index={index}
          target={target}
          onChange={(path, value) => onChange(["targets", index, ...path], value)}
          onDuplicate={() => put(target)}
          onRemove={() => onChange(["targets", index], undefined)}
        />
      ))}
      <button type="button" className={styles.add} onClick={add}>
        Add a query
      </button>
    </div>
  );
}

interface QueryProps {
  placed: PlacedPanel;
  index: number;
  target: Json;
  onChange: (path: Path, value: unknown) => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

function Query({ placed, index, target, onChange, onDuplicate, onRemove }: QueryProps) {
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
  const refId = text(target.refId, "A");
  return (
    <div className={styles.query} data-testid="panel-query">
      <div className={styles.queryHead}>
        <b style={{ color: `var(--${signal}-text)` }}>{refId}</b>
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
        <Toggle
          label={target.hide === true ? "Hidden" : "Shown"}
          on={target.hide !== true}
          onClick={() => onChange(["hide"], target.hide !== true)}
        />
        <IconButton icon="copy" label={`Duplicate query ${refId}`} size={24} onClick={onDuplicate} />
        <IconButton icon="close" label={`Remove query ${refId}`} size={24} onClick={onRemove} />
      </div>
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
    </div>
  );
}
