// What is done to the answers before they are drawn, step by step. The options of a step are edited as JSON.
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { type Json, list, record, text } from "../../api/decode";
import { IconButton } from "../../ui/IconButton";
import { Toggle } from "../../ui/Toggle";
import { KNOWN_TRANSFORMATIONS } from "../transform/transform";
import styles from "./edit.module.css";
import type { PartProps } from "./part";

/** `filterFieldsByName` as people read it. */
function wordsOf(id: string): string {
  const words = id.replaceAll(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function Transformations({ json, onChange }: PartProps) {
  const steps = list(json.transformations).map(record);
  const put = (next: readonly Json[]) => onChange(["transformations"], next.length === 0 ? undefined : next);
  const change = (index: number, step: Json) => put(steps.map((one, at) => (at === index ? step : one)));
  return (
    <div className={styles.queries} data-testid="transformations">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <div key={`${text(step.id)} ${index}`} className={styles.query}>
          <div className={styles.queryHead}>
            <b className={styles.stepName}>{wordsOf(text(step.id))}</b>
            <Toggle
              label={step.disabled === true ? "Off" : "On"}
              on={step.disabled !== true}
              onClick={() => change(index, { ...step, disabled: step.disabled !== true })}
            />
            <IconButton
              icon="close"
              label={`Remove ${wordsOf(text(step.id))}`}
              size={24}
              onClick={() => put(steps.filter((_, at) => at !== index))}
            />
          </div>
          <OptionsJson
            label={`Options of ${wordsOf(text(step.id))}`}
            options={record(step.options)}
            onChange={(options) => change(index, { ...step, options })}
          />
        </div>
      ))}
      <NativeSelect
        size="xs"
        className={styles.addStep}
        aria-label="Add a transformation"
        value=""
        data={[
          { value: "", label: "Add a transformation" },
          ...[...KNOWN_TRANSFORMATIONS].sort().map((id) => ({ value: id, label: wordsOf(id) })),
        ]}
        onChange={(event) => {
          const id = event.currentTarget.value;
          if (id !== "") put([...steps, { id, options: {} }]);
        }}
      />
    </div>
  );
}

interface OptionsProps {
  label: string;
  options: Json;
  onChange: (options: Json) => void;
}

function OptionsJson({ label, options, onChange }: OptionsProps) {
  const written = JSON.stringify(options, null, 2);
  const [error, setError] = useState<string>();
  return (
    <>
      <textarea
        key={written}
        className={styles.stepJson}
        defaultValue={written}
        rows={Math.min(12, written.split("\n").length)}
        spellCheck={false}
        aria-label={label}
        onBlur={(event) => {
          const typed = event.currentTarget.value;
          if (typed === written) return;
          try {
            onChange(record(JSON.parse(typed)));
            setError(undefined);
          } catch (cause) {
            setError(cause instanceof Error ? cause.message : String(cause));
          }
        }}
      />
      {error !== undefined && <div className={styles.fault}>{error}</div>}
    </>
  );
}
