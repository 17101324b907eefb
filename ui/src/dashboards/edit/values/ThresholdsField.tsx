// From which value on which colour holds. The first step begins at the very bottom and has no value.
import { list, number, record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { Toggle } from "../../../ui/Toggle";
import { ColorField } from "../fields/ColorField";
import { NumberField } from "../fields/NumberField";
import styles from "./values.module.css";

const NEXT = ["green", "yellow", "orange", "red"];

interface Step {
  readonly value: number | null;
  readonly color: string;
}

interface Props {
  value: unknown;
  onChange: (value: unknown) => void;
}

export function ThresholdsField({ value, onChange }: Props) {
  const before = record(value);
  const steps = list(before.steps).map((one): Step => {
    const step = record(one);
    return { value: number(step.value) ?? null, color: text(step.color, "green") };
  });
  const isShare = before.mode === "percentage";
  const put = (next: readonly Step[]) => onChange({ mode: "absolute", ...before, steps: next });
  const change = (index: number, step: Partial<Step>) =>
    put(steps.map((one, at) => (at === index ? { ...one, ...step } : one)));
  const add = () => {
    if (steps.length === 0)
      return put([
        { value: null, color: "green" },
        { value: 80, color: "red" },
      ]);
    const last = steps.at(-1)?.value ?? 0;
    return put([...steps, { value: last + 10, color: NEXT[steps.length % NEXT.length] ?? "red" }]);
  };
  return (
    <div className={styles.rows} data-testid="thresholds">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <div key={index} className={styles.row}>
          <ColorField
            label={`Colour of step ${index + 1}`}
            value={step.color}
            onChange={(color) => change(index, { color })}
          />
          {index === 0 ? (
            <span className={styles.quiet}>from the bottom</span>
          ) : (
            <NumberField
              bare
              label={`Value of step ${index + 1}`}
              value={step.value ?? undefined}
              onChange={(next) => next !== undefined && change(index, { value: next })}
            />
          )}
          <IconButton
            icon="close"
            label={`Remove step ${index + 1}`}
            size={24}
            disabled={index === 0 && steps.length > 1}
            onClick={() => put(steps.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div className={styles.foot}>
        <button type="button" className={styles.add} onClick={add}>
          Add a threshold
        </button>
        {steps.length > 0 && (
          <Toggle
            label="Percent of the range"
            on={isShare}
            onClick={() => onChange({ ...before, mode: isShare ? "absolute" : "percentage" })}
          />
        )}
      </div>
    </div>
  );
}
