// A query as its parts: what is asked for, conditions, steps. The text above stays in step with it, in both directions.
import { useState } from "react";
import type { Signal } from "../explore/search";
import { useTime } from "../time/TimeContext";
import { IconButton } from "../ui/IconButton";
import styles from "./build.module.css";
import { Choice } from "./Choice";
import { choicesOf } from "./choices";
import { LOGQL } from "./logqlBuild";
import { type Built, type Condition, type Dialect, freshStep, kindOf } from "./model";
import { PROMQL } from "./promqlBuild";
import { Steps } from "./Steps";
import { TRACEQL } from "./traceqlBuild";

const DIALECTS: Readonly<Record<Signal, Dialect>> = { metrics: PROMQL, logs: LOGQL, traces: TRACEQL };
const EMPTY: Condition = { name: "", op: "", value: "" };

interface Props {
  signal: Signal;
  text: string;
  onChange: (text: string) => void;
  onRun: () => void;
}

export function Builder({ signal, text, onChange, onRun }: Props) {
  const { range } = useTime();
  const dialect = DIALECTS[signal];
  // Unfinished conditions are not in the text: the parts live here, until another text comes in.
  const [state, setState] = useState(() => ({ text, built: dialect.parse(text) }));
  if (state.text !== text) setState({ text, built: dialect.parse(text) });
  const { built } = state;
  if (built === undefined) {
    return (
      <p className={styles.rich} data-testid="builder">
        The builder does not show everything that this query says, and changes nothing of it. Clear the text to build
        another.
      </p>
    );
  }
  const put = (next: Built) => {
    const printed = dialect.print(next);
    setState({ text: printed, built: next });
    if (printed !== text) onChange(printed);
  };
  const choices = choicesOf(signal, range);
  const conditions = built.conditions.length === 0 ? [{ ...EMPTY, op: dialect.ops[0] ?? "=" }] : built.conditions;
  const setCondition = (index: number, part: Partial<Condition>) =>
    put({ ...built, conditions: conditions.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  const add = (kind: string) => {
    const found = kindOf(dialect.kinds, kind);
    if (found !== undefined) put({ ...built, steps: [...built.steps, freshStep(found)] });
  };
  const about = [signal, dialect.print({ ...built, steps: [] })];
  return (
    <fieldset className={styles.builder} aria-label="Query builder" data-testid="builder">
      {dialect.subject !== undefined && (
        <div className={styles.line}>
          <span className={styles.title}>{dialect.subject}</span>
          <Choice
            label="Metric"
            wide
            value={built.subject}
            about={[signal]}
            offer={choices.subjects}
            onChange={(subject) => put({ ...built, subject })}
            onRun={onRun}
          />
        </div>
      )}
      <div className={styles.line}>
        <span className={styles.title}>{dialect.names}</span>
        {conditions.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place
          <span key={index} className={styles.part}>
            <Choice
              label="Name"
              value={one.name}
              about={[...about, "names"]}
              offer={(abort) => choices.names(built, abort)}
              onChange={(name) => setCondition(index, { name })}
              onRun={onRun}
            />
            <select
              className={styles.op}
              aria-label="Operator"
              value={one.op}
              onChange={(event) => setCondition(index, { op: event.currentTarget.value })}
            >
              {dialect.ops.map((op) => (
                <option key={op}>{op}</option>
              ))}
            </select>
            <Choice
              label="Value"
              value={one.value}
              about={[...about, "values", one.name]}
              offer={(abort) => (one.name === "" ? Promise.resolve([]) : choices.values(built, one.name, abort))}
              onChange={(value) => setCondition(index, { value })}
              onRun={onRun}
            />
            <IconButton
              icon="close"
              size={22}
              label="Remove this condition"
              onClick={() => put({ ...built, conditions: conditions.filter((_, at) => at !== index) })}
            />
          </span>
        ))}
        <IconButton
          icon="plus"
          size={24}
          label="Add a condition"
          onClick={() => put({ ...built, conditions: [...conditions, { ...EMPTY, op: dialect.ops[0] ?? "=" }] })}
        />
      </div>
      <Steps
        kinds={dialect.kinds}
        steps={built.steps}
        names={(abort) => choices.names(built, abort)}
        about={about}
        onAdd={add}
        onChange={(steps) => put({ ...built, steps })}
        onRun={onRun}
      />
    </fieldset>
  );
}
