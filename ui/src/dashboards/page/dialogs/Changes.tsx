// What differs between two documents, path by path: what was struck through, what is now beside it.
import { useMemo } from "react";
import { changesOf } from "../../model/changes";
import styles from "../page.module.css";

/** Changes beyond this are counted: nobody reads them one by one. */
const MOST_SHOWN = 60;

export function Changes({ before, after }: { before: unknown; after: unknown }) {
  const changes = useMemo(() => changesOf(before, after), [before, after]);
  return (
    <div className={styles.changes} data-testid="changes">
      {changes.length === 0 && <div>Nothing is changed.</div>}
      {changes.slice(0, MOST_SHOWN).map((one) => (
        <div key={one.path} className={styles.change}>
          <b>{one.path}</b>
          {one.before !== undefined && <del>{one.before}</del>}
          {one.after !== undefined && <ins>{one.after}</ins>}
        </div>
      ))}
      {changes.length > MOST_SHOWN && <div>and {changes.length - MOST_SHOWN} more</div>}
    </div>
  );
}
