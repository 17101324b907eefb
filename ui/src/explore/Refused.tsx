// Stands where the answer would: what the error means, what to do about it, and the query mended where that is clear.
import { ApiError } from "../api/http";
import { faultOf } from "../lang/fault";
import { hintOf } from "../lang/hints";
import { Icon } from "../ui/Icon";
import { Toggle } from "../ui/Toggle";
import styles from "./explore.module.css";

interface Props {
  queries: readonly string[];
  /** One a query; undefined where it was answered. */
  errors: readonly (Error | null | undefined)[];
  onRun: (queries: readonly string[]) => void;
  onAgain: () => void;
}

export function Refused({ queries, errors, onRun, onAgain }: Props) {
  const at = errors.findIndex((one) => one !== null && one !== undefined);
  const error = errors[at];
  const query = queries[at];
  if (error === null || error === undefined || query === undefined) return null;
  const fault = faultOf(error.message, query);
  const hint = hintOf(error.message, query, fault);
  const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  const mended = hint?.mended;
  return (
    <section className={styles.refused} aria-label="What to do" data-testid="refused">
      <h2>{isRefused ? "The query was refused" : "The query could not be answered"}</h2>
      <pre className={styles.refusedQuery}>
        {fault === undefined || fault.from === fault.to ? (
          query
        ) : (
          <>
            {query.slice(0, fault.from)}
            <mark>{query.slice(fault.from, fault.to)}</mark>
            {query.slice(fault.to)}
          </>
        )}
      </pre>
      {hint !== undefined && <p>{hint.words}</p>}
      <div className={styles.tools}>
        {mended !== undefined && (
          <button
            type="button"
            className={styles.mended}
            onClick={() => onRun(queries.map((one, index) => (index === at ? mended : one)))}
            data-testid="run-mended"
          >
            <Icon name="play" size={13} />
            Run <code>{mended}</code>
          </button>
        )}
        {!isRefused && <Toggle icon="refresh" label="Try again" onClick={onAgain} />}
        <Toggle label="Begin anew" onClick={() => onRun([])} />
      </div>
    </section>
  );
}
