// What is done to the answers before they are drawn, step by step, each with the form of its options or as JSON.
import { NativeSelect } from "@mantine/core";
import { type Json, list, record, text } from "../../api/decode";
import type { DataFrame } from "../data/frame";
import { KNOWN_TRANSFORMATIONS } from "../transform/transform";
import styles from "./edit.module.css";
import { moved } from "./moved";
import type { PartProps } from "./part";

import { Step } from "./Step";
import { stepName } from "./steps";

/** Steps that dashboards of others name, offered here by their usual name. */
const OTHER_NAMES: ReadonlySet<string> = new Set(["seriesToColumns", "filterFields", "rename", "noop"]);

interface Props extends PartProps {
  /** What stands before the first step, and after each. */
  stages: readonly (readonly DataFrame[])[];
}

export function Transformations({ json, stages, onChange }: Props) {
  const steps = list(json.transformations).map(record);
  const letters = list(json.targets).map((one) => text(record(one).refId));
  const put = (next: readonly Json[]) => onChange(["transformations"], next.length === 0 ? undefined : next);
  const move = (from: number, to: number) => {
    const next = moved(steps, from, to);
    if (next !== undefined) put(next);
  };
  return (
    <div className={styles.queries} data-testid="transformations">
      {steps.map((step, index) => (
        <Step
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          key={`${text(step.id)} ${index}`}
          step={step}
          letters={letters}
          before={stages[index] ?? []}
          after={stages[index + 1] ?? []}
          isFirst={index === 0}
          isLast={index === steps.length - 1}
          onChange={(next) => put(steps.map((one, at) => (at === index ? next : one)))}
          onMove={(by) => move(index, index + by)}
          onRemove={() => put(steps.filter((_, at) => at !== index))}
        />
      ))}
      <NativeSelect
        size="xs"
        className={styles.addStep}
        aria-label="Add a transformation"
        value=""
        data={[
          { value: "", label: "Add a transformation" },
          ...[...KNOWN_TRANSFORMATIONS]
            .filter((id) => !OTHER_NAMES.has(id))
            .sort()
            .map((id) => ({ value: id, label: stepName(id) })),
        ]}
        onChange={(event) => {
          const id = event.currentTarget.value;
          if (id !== "") put([...steps, { id, options: {} }]);
        }}
      />
    </div>
  );
}
