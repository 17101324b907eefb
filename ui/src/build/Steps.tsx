// The steps of a query, in the order in which they are applied, each with its arguments.

import { IconButton } from "../ui/IconButton";
import styles from "./build.module.css";
import { Choice } from "./Choice";
import { type Argument, kindOf, moveStep, type Step, type StepKind } from "./model";

interface Props {
  kinds: readonly StepKind[];
  steps: readonly Step[];
  /** Names that fit into lists of labels. */
  names: (signal: AbortSignal) => Promise<readonly string[]>;
  about: readonly string[];
  onAdd: (kind: string) => void;
  onChange: (steps: readonly Step[]) => void;
  onRun: () => void;
}

export function Steps({ kinds, steps, names, about, onAdd, onChange, onRun }: Props) {
  const groups = [...new Set(kinds.map((one) => one.group))];
  const setArgument = (index: number, place: number, value: string) =>
    onChange(
      steps.map((one, at) =>
        at === index ? { ...one, args: one.args.map((arg, which) => (which === place ? value : arg)) } : one,
      ),
    );
  return (
    <div className={styles.line}>
      <span className={styles.title}>Steps</span>
      {steps.map((step, index) => {
        const kind = kindOf(kinds, step.kind);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <span key={index} className={styles.part} data-testid="step">
            <span className={styles.step}>{kind?.label.split(":")[0] ?? step.kind}</span>
            {kind?.args.map((argument, place) => (
              <Choice
                key={argument.label}
                label={argument.label}
                value={step.args[place] ?? ""}
                about={[...about, argument.type]}
                many={argument.type === "labels"}
                offer={argument.type === "labels" ? names : () => Promise.resolve(OFFERS[argument.type])}
                onChange={(value) => setArgument(index, place, value)}
                onRun={onRun}
              />
            ))}
            {index > 0 && (
              <IconButton icon="left" size={22} label="Earlier" onClick={() => onChange(moveStep(steps, index, -1))} />
            )}
            <IconButton
              icon="close"
              size={22}
              label={`Remove ${step.kind}`}
              onClick={() => onChange(steps.filter((_, at) => at !== index))}
            />
          </span>
        );
      })}
      <select
        className={styles.add}
        aria-label="Add a step"
        value=""
        onChange={(event) => onAdd(event.currentTarget.value)}
        data-testid="add-step"
      >
        <option value="">Add a step</option>
        {groups.map((group) => (
          <optgroup key={group} label={group}>
            {kinds
              .filter((one) => one.group === group)
              .map((one) => (
                <option key={one.kind} value={one.kind}>
                  {one.label}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

const OFFERS: Readonly<Record<Argument["type"], readonly string[]>> = {
  labels: [],
  number: [],
  duration: ["1m", "5m", "15m", "1h", "1d", "$__interval", "$__range"],
  text: [],
};
