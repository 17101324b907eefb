// One switch for each question for events, beside the variables.

import type { AnnotationQuery } from "../model/types";
import styles from "../page/page.module.css";

interface Props {
  queries: readonly AnnotationQuery[];
  errors: ReadonlyMap<string, unknown>;
  isOn: (query: AnnotationQuery) => boolean;
  onToggle: (query: AnnotationQuery) => void;
}

export function AnnotationBar({ queries, errors, isOn, onToggle }: Props) {
  const shown = queries.filter((one) => !one.hidden && one.kind === "query");
  return (
    <>
      {shown.map((one) => {
        const error = errors.get(one.name);
        return (
          <button
            type="button"
            key={one.name}
            className={styles.eventToggle}
            aria-pressed={isOn(one)}
            data-failed={error !== undefined}
            title={error === undefined ? `Events: ${one.name}` : String(error instanceof Error ? error.message : error)}
            onClick={() => onToggle(one)}
          >
            <span className={styles.eventDot} />
            {one.name}
          </button>
        );
      })}
    </>
  );
}
