// The values that a variable comes to right now, as its control would show them.
import { count } from "../../../format/number";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import type { Variable } from "../../model/types";
import type { Variables } from "../../page/variables/useVariables";
import styles from "./settings.module.css";

/** More are counted: a preview is looked at, not searched. */
const MOST_SHOWN = 100;

export function VariablePreview({ variable, variables }: { variable: Variable; variables: Variables }) {
  const settled = variables.all.get(variable.name);
  const error = variables.errors.get(variable.name);
  if (variable.kind === "adhoc" || variable.kind === "textbox" || variable.kind === "constant") return null;
  const options = settled?.options ?? [];
  return (
    <>
      <h3>Values{options.length > 0 && `: ${count(options.length, "value")}`}</h3>
      {error !== undefined ? (
        <ErrorNotice error={error} title="The question failed" />
      ) : variables.pending.has(variable.name) ? (
        <p className={styles.quiet} role="status">
          Asking…
        </p>
      ) : (
        <div className={styles.values} data-testid="variable-preview">
          {variable.includeAll && <span className={styles.value}>All</span>}
          {options.slice(0, MOST_SHOWN).map((one) => (
            <span
              key={one.value}
              className={styles.value}
              title={one.value === one.text ? one.text : `${one.text}: ${one.value}`}
            >
              {one.text}
            </span>
          ))}
          {options.length === 0 && (
            <span className={styles.quiet}>No values. The question found nothing in the shown time.</span>
          )}
          {options.length > MOST_SHOWN && <span className={styles.quiet}>and {options.length - MOST_SHOWN} more</span>}
        </div>
      )}
    </>
  );
}
