// A panel beside its settings: every change is drawn at once, nothing is sent before the dashboard is saved.
import { Button, NativeSelect, Switch, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { type Json, list, record, text } from "../../api/decode";
import { Editor } from "../../lang/Editor";
import { logql } from "../../lang/logql";
import { promql } from "../../lang/promql";
import { traceql } from "../../lang/traceql";
import { useTime } from "../../time/TimeContext";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { Toggle } from "../../ui/Toggle";
import { useWidth } from "../../ui/useWidth";
import { panelJson, settingsOf, withPanelJson, withSetting } from "../model/document";
import { atPath, type Path } from "../model/path";
import type { PlacedPanel } from "../model/section";
import { PANEL_TYPES, type Panel } from "../model/types";
import { useDashboard } from "../page/DashboardContext";
import { PanelFrame } from "../page/PanelFrame";
import type { Draft } from "../page/useDraft";
import { resolveSource, type Signal, SOURCES } from "../query/source";
import { lookupOf } from "../variables/values";
import styles from "./edit.module.css";
import { CHOICES, OPTIONS, type Option } from "./options";

interface Props {
  placed: PlacedPanel;
  draft: Draft;
}

export function PanelEditor({ placed, draft }: Props) {
  const { panel } = placed;
  const [host, width] = useWidth();
  const [tab, setTab] = useState<"options" | "json">("options");
  const json = settingsOf(draft.json, panel);
  const change = (path: Path, value: unknown) => draft.edit((all) => withSetting(all, panel, path, value));
  const height = Math.max(220, Math.round(innerHeight * 0.45));
  return (
    <div className={styles.editor} data-testid="panel-editor">
      <div className={styles.left}>
        <div ref={host} style={{ height }}>
          {width > 0 && <PanelFrame placed={placed} width={width} height={height} visible bare />}
        </div>
        {panel.library === undefined && <Queries placed={placed} json={json} onChange={change} />}
      </div>
      {panel.library !== undefined && <LibraryNote panel={panel} />}
      <aside className={styles.right} hidden={panel.library !== undefined}>
        <div className={styles.tabs}>
          <Toggle label="Options" on={tab === "options"} onClick={() => setTab("options")} />
          <Toggle label="JSON" on={tab === "json"} onClick={() => setTab("json")} />
        </div>
        {tab === "options" ? (
          <Options json={json} type={panel.type ?? ""} onChange={change} />
        ) : (
          <PanelJson
            json={panelJson(draft.json, panel)}
            onChange={(next) => draft.edit((all) => withPanelJson(all, panel, next))}
          />
        )}
      </aside>
    </div>
  );
}

/** What stands on many dashboards is not changed from one of them by accident. */
function LibraryNote({ panel }: { panel: Panel }) {
  const { onUnlink } = useDashboard();
  return (
    <aside className={styles.right}>
      <Notice title={`“${panel.library?.name}” is of the library`}>
        It stands on other dashboards too. Make it a panel of its own to change it here.
      </Notice>
      <Button size="xs" variant="default" onClick={() => onUnlink(panel)}>
        Make it a panel of its own
      </Button>
    </aside>
  );
}

interface PartProps {
  json: Json;
  onChange: (path: Path, value: unknown) => void;
}

function Queries({ placed, json, onChange }: PartProps & { placed: PlacedPanel }) {
  const targets = list(json.targets).map(record);
  const add = () => {
    const last = targets.at(-1) ?? {};
    const refId = String.fromCharCode(65 + (targets.length % 26));
    onChange(["targets", targets.length], { datasource: last.datasource, refId, expr: "" });
  };
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
  onRemove: () => void;
}

function Query({ placed, index, target, onChange, onRemove }: QueryProps) {
  const { variables, dashboard } = useDashboard();
  const time = useTime();
  const parsed = placed.panel.targets[index];
  const resolved = resolveSource(placed.panel, parsed, lookupOf(variables, placed.scope, undefined, dashboard.inputs));
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
        <b style={{ color: `var(--${signal})` }}>{refId}</b>
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
          style={{ flex: 1 }}
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

function Options({ json, type, onChange }: PartProps & { type: string }) {
  const shown = OPTIONS.filter((one) => one.types === undefined || one.types.includes(type));
  const groups = [...new Set(shown.map((one) => one.group))];
  return (
    <div className={styles.options}>
      <NativeSelect
        size="xs"
        label="Panel"
        value={type}
        data={PANEL_TYPES.filter((one) => one !== "row").map((one) => ({ value: one, label: CHOICES[one] ?? one }))}
        onChange={(event) => onChange(["type"], event.currentTarget.value)}
        data-testid="panel-type"
      />
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          {shown
            .filter((one) => one.group === group)
            .map((one) => (
              <Setting
                key={one.path.join(".")}
                option={one}
                value={atPath(json, one.path)}
                onChange={(value) => onChange(one.path, value)}
              />
            ))}
        </section>
      ))}
    </div>
  );
}

function Setting({ option, value, onChange }: { option: Option; value: unknown; onChange: (value: unknown) => void }) {
  if (option.kind === "flag") {
    return (
      <Switch
        size="xs"
        label={option.label}
        checked={value === undefined ? option.fallback === true : value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (option.kind === "choice") {
    return (
      <NativeSelect
        size="xs"
        label={option.label}
        value={text(value, text(option.fallback))}
        data={(option.choices ?? []).map((one) => ({ value: one, label: CHOICES[one] ?? one }))}
        onChange={(event) => onChange(option.list === true ? [event.currentTarget.value] : event.currentTarget.value)}
      />
    );
  }
  const shown = option.list === true ? text(list(value)[0]) : text(value);
  return (
    <TextInput
      key={shown}
      size="xs"
      label={option.label}
      placeholder={option.hint}
      defaultValue={shown}
      onBlur={(event) => {
        const typed = event.currentTarget.value;
        if (typed === shown) return;
        if (option.kind === "number")
          onChange(typed.trim() === "" || Number.isNaN(Number(typed)) ? undefined : Number(typed));
        else onChange(typed === "" ? undefined : typed);
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function PanelJson({ json, onChange }: { json: Json; onChange: (next: Json) => void }) {
  const written = JSON.stringify(json, null, 2);
  const [draft, setDraft] = useState(written);
  const [error, setError] = useState<string>();
  useEffect(() => setDraft(written), [written]);
  const apply = () => {
    if (draft === written) return;
    try {
      onChange(record(JSON.parse(draft)));
      setError(undefined);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <>
      <textarea
        className={styles.json}
        value={draft}
        spellCheck={false}
        aria-label="JSON of the panel"
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={apply}
      />
      {error !== undefined && <div className={styles.fault}>{error}</div>}
    </>
  );
}
