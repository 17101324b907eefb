// One transformation: on or off, moved or taken away, with the form of its options.
import { useMemo, useState } from "react";
import { type Json, list, record, text } from "../../api/decode";
import { IconButton } from "../../ui/IconButton";
import { Toggle } from "../../ui/Toggle";
import type { DataFrame } from "../data/frame";
import { atPath, withPath } from "../model/patch/path";
import styles from "./edit.module.css";
import { FramesTable } from "./FramesTable";
import { GroupByForm } from "./forms/GroupByForm";
import { OrganizeForm } from "./forms/OrganizeForm";
import { TrendForm } from "./forms/TrendForm";
import { namesOf } from "./names";
import { STEP_FORMS, type StepRows, stepName } from "./steps";
import { JsonField } from "./values/JsonField";
import { ValueField } from "./values/ValueField";

interface Props {
  step: Json;
  letters: readonly string[];
  /** What it takes, and what it makes of it. */
  before: readonly DataFrame[];
  after: readonly DataFrame[];
  isFirst: boolean;
  isLast: boolean;
  onChange: (step: Json) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

export function Step({ step, before, after, letters, isFirst, isLast, onChange, onMove, onRemove }: Props) {
  const id = text(step.id);
  const name = stepName(id);
  const form = STEP_FORMS[id];
  const hasForm = form !== undefined || id === "organize" || id === "groupBy" || id === "groupToNestedTable";
  const [asJson, setAsJson] = useState(!hasForm);
  const [shown, setShown] = useState(false);
  const names = useMemo(() => namesOf(before), [before]);
  const options = record(step.options);
  const put = (next: Json) => onChange({ ...step, options: next });
  return (
    <div className={styles.query}>
      <div className={styles.queryHead}>
        <b className={styles.stepName}>{name}</b>
        {hasForm && <Toggle label="JSON" on={asJson} onClick={() => setAsJson(!asJson)} />}
        <Toggle
          label="Rows"
          on={shown}
          title="What it takes and what it makes of it"
          onClick={() => setShown(!shown)}
        />
        <Toggle
          label={step.disabled === true ? "Off" : "On"}
          on={step.disabled !== true}
          onClick={() => onChange({ ...step, disabled: step.disabled !== true })}
        />
        <IconButton icon="up" label={`Move ${name} up`} size={24} disabled={isFirst} onClick={() => onMove(-1)} />
        <IconButton icon="down" label={`Move ${name} down`} size={24} disabled={isLast} onClick={() => onMove(1)} />
        <IconButton icon="close" label={`Remove ${name}`} size={24} onClick={onRemove} />
      </div>
      <div className={styles.stepForm}>
        {asJson ? (
          <JsonField label={`Options of ${name}`} value={options} onChange={(next) => put(record(next))} />
        ) : id === "organize" ? (
          <OrganizeForm options={options} names={names} onChange={put} />
        ) : id === "groupBy" || id === "groupToNestedTable" ? (
          <GroupByForm options={options} names={names} onChange={put} />
        ) : id === "timeSeriesTable" ? (
          <TrendForm options={options} letters={letters} onChange={put} />
        ) : (
          <>
            {(form?.options ?? []).map((one) => (
              <ValueField
                key={one.path.join(".")}
                option={one}
                value={atPath(options, one.path)}
                onChange={(value) => put(record(withPath(options, one.path, value)))}
              />
            ))}
            {form?.rows !== undefined && <Rows rows={form.rows} options={options} onChange={put} />}
            {Object.keys(form ?? {}).length === 0 && <span className={styles.none}>Nothing to choose.</span>}
          </>
        )}
      </div>
      {shown && (
        <div className={styles.debug} data-testid="step-rows">
          <div>
            <h4>Before</h4>
            <FramesTable frames={before} rows={SHOWN_ROWS} />
          </div>
          <div>
            <h4>After</h4>
            <FramesTable frames={after} rows={SHOWN_ROWS} />
          </div>
        </div>
      )}
    </div>
  );
}

/** Enough to see what a step does. */
const SHOWN_ROWS = 10;

function Rows({ rows, options, onChange }: { rows: StepRows; options: Json; onChange: (options: Json) => void }) {
  const items = list(atPath(options, rows.path)).map(record);
  const put = (next: readonly unknown[]) => onChange(record(withPath(options, rows.path, next)));
  return (
    <div className={styles.stepRows}>
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
        <div key={index} className={styles.stepRow}>
          {rows.columns.map((one) => (
            <ValueField
              key={one.path.join(".")}
              option={one}
              value={numberAsText(atPath(item, one.path))}
              onChange={(value) =>
                put(items.map((other, at) => (at === index ? withPath(other, one.path, typed(value)) : other)))
              }
            />
          ))}
          <IconButton
            icon="close"
            label={`Remove row ${index + 1} of ${rows.label}`}
            size={24}
            onClick={() => put(items.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <button type="button" className={styles.add} onClick={() => put([...items, rows.fresh])}>
        {rows.add}
      </button>
    </div>
  );
}

const numberAsText = (value: unknown) => (typeof value === "number" ? String(value) : value);

/** A text that is a number is one: conditions compare by value. */
function typed(value: unknown): unknown {
  if (typeof value !== "string" || value.trim() === "") return value;
  const made = Number(value);
  return Number.isFinite(made) ? made : value;
}
