// From which value on which colour holds. The first step begins at the very bottom and has no value.
import { NativeSelect } from "@mantine/core";
import { list, number, record, text } from "../../api/decode";
import { IconButton } from "../../ui/IconButton";
import { useDark } from "../../ui/useDark";
import { cssColor } from "../field/colors";
import { atPath, type Path } from "../model/path";
import styles from "./edit.module.css";
import type { PartProps } from "./part";

const PATH: Path = ["fieldConfig", "defaults", "thresholds"];
const COLORS = ["green", "yellow", "orange", "red", "blue", "purple", "text", "transparent"];

interface Step {
  readonly value: number | null;
  readonly color: string;
}

export function Thresholds({ json, onChange }: PartProps) {
  const dark = useDark();
  const before = record(atPath(json, PATH));
  const steps = list(before.steps).map((one): Step => {
    const step = record(one);
    return { value: number(step.value) ?? null, color: text(step.color, "green") };
  });
  const put = (next: readonly Step[]) => onChange(PATH, { mode: "absolute", ...before, steps: next });
  const change = (index: number, step: Partial<Step>) =>
    put(steps.map((one, at) => (at === index ? { ...one, ...step } : one)));
  const add = () => {
    if (steps.length === 0)
      return put([
        { value: null, color: "green" },
        { value: 80, color: "red" },
      ]);
    const last = steps.at(-1)?.value ?? 0;
    return put([...steps, { value: last + 10, color: COLORS[steps.length % 4] ?? "red" }]);
  };
  return (
    <div className={styles.steps} data-testid="thresholds">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <div key={index} className={styles.step}>
          <span className={styles.stepColor} style={{ background: cssColor(step.color, dark) }} />
          <NativeSelect
            size="xs"
            aria-label={`Colour of step ${index + 1}`}
            value={step.color}
            data={COLORS.includes(step.color) ? COLORS : [step.color, ...COLORS]}
            onChange={(event) => change(index, { color: event.currentTarget.value })}
          />
          {index === 0 ? (
            <span className={styles.stepBase}>from the bottom</span>
          ) : (
            <input
              key={step.value}
              className={styles.stepValue}
              defaultValue={step.value ?? 0}
              inputMode="decimal"
              aria-label={`Value of step ${index + 1}`}
              onBlur={(event) => {
                const typed = Number(event.currentTarget.value);
                if (Number.isFinite(typed) && typed !== step.value) change(index, { value: typed });
              }}
              onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
            />
          )}
          <IconButton
            icon="close"
            label={`Remove step ${index + 1}`}
            size={22}
            disabled={index === 0 && steps.length > 1}
            onClick={() => put(steps.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <NativeSelect
        size="xs"
        aria-label="Thresholds are"
        value={text(before.mode, "absolute")}
        data={[
          { value: "absolute", label: "Values" },
          { value: "percentage", label: "Percent of least to most" },
        ]}
        onChange={(event) => onChange([...PATH, "mode"], event.currentTarget.value)}
      />
      <button type="button" className={styles.add} onClick={add}>
        Add a threshold
      </button>
    </div>
  );
}
