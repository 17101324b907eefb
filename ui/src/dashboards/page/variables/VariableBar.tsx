// The variables of a dashboard, one control each. What is chosen goes into the URL.
import type { Variable } from "../../model/types";
import type { Settled } from "../../variables/values";
import styles from "../page.module.css";
import { FilterControl } from "./FilterControl";
import type { Variables } from "./useVariables";
import { VariableChoice } from "./VariableChoice";

interface Props {
  variables: Variables;
  /** Which of them stand here: those of the dashboard, or those of one row or tab. */
  shows: (variable: Variable) => boolean;
  onChoose: (name: string, values: readonly string[] | undefined) => void;
}

export function VariableBar({ variables, shows, onChoose }: Props) {
  const shown = [...variables.all.values()].filter(
    (one) =>
      shows(one.variable) &&
      one.variable.hide !== "variable" &&
      !(one.variable.kind === "datasource" && one.options.length < 2),
  );
  if (shown.length === 0) return null;
  return (
    <div className={styles.variables} data-testid="variables">
      {shown.map((one) => (
        <div key={one.variable.name} className={styles.variable}>
          {one.variable.hide === "no" && <span className={styles.variableName}>{one.variable.label}</span>}
          <Control settled={one} variables={variables} onChoose={(values) => onChoose(one.variable.name, values)} />
        </div>
      ))}
    </div>
  );
}

interface ControlProps {
  settled: Settled;
  variables: Variables;
  onChoose: (values: readonly string[] | undefined) => void;
}

function Control({ settled, variables, onChoose }: ControlProps) {
  const { variable, chosen } = settled;
  if (variable.kind === "textbox") {
    return (
      <input
        key={chosen[0]}
        className={styles.textbox}
        defaultValue={chosen[0] ?? ""}
        aria-label={variable.label}
        onBlur={(event) => {
          if (event.currentTarget.value !== (chosen[0] ?? "")) onChoose([event.currentTarget.value]);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") onChoose([event.currentTarget.value]);
        }}
      />
    );
  }
  if (variable.kind === "adhoc") return <FilterControl settled={settled} onChoose={onChoose} />;
  return (
    <VariableChoice
      settled={settled}
      failed={variables.errors.get(variable.name)}
      pending={variables.pending.has(variable.name)}
      onChoose={onChoose}
    />
  );
}
