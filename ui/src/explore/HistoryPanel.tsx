// Queries that ran before, in this browser: found by text, run again by a click, kept by a star.
import { useState } from "react";
import { ago } from "../format/number";
import { useTime } from "../time/TimeContext";
import { IconButton } from "../ui/IconButton";
import styles from "./explore.module.css";
import { findQueries, forgetQuery, recentQueries, starQuery } from "./history";
import { useExplore } from "./useExplore";

/** Beyond this one searches. */
const MOST_SHOWN = 50;

export function HistoryPanel({ onClose }: { onClose: () => void }) {
  const explore = useExplore();
  const { now } = useTime();
  const [all, setAll] = useState(recentQueries);
  const [wanted, setWanted] = useState("");
  const found = findQueries(all, explore.signal, wanted);
  return (
    <section
      className={styles.history}
      aria-label="Queries that ran before"
      data-testid="history"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div className={styles.historyHead}>
        <input
          className={styles.historyFind}
          placeholder="Find a query that ran before"
          aria-label="Find a query that ran before"
          // biome-ignore lint/a11y/noAutofocus: it was opened to be typed into
          autoFocus
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <IconButton icon="close" label="Close the history" size={24} onClick={onClose} />
      </div>
      {found.length === 0 && (
        <p className={styles.historyNone}>
          {all.length === 0 ? "Queries that you run are kept here, in this browser." : "None holds this text."}
        </p>
      )}
      {found.slice(0, MOST_SHOWN).map((one) => (
        <div key={one.expr} className={styles.historyRow}>
          <IconButton
            icon="star"
            size={22}
            active={one.starred}
            label={one.starred ? "No longer keep it" : "Keep it"}
            onClick={() => {
              starQuery(one, !one.starred);
              setAll(recentQueries());
            }}
          />
          <button
            type="button"
            className={styles.historyQuery}
            title={one.expr}
            onClick={() => {
              explore.run([one.expr]);
              onClose();
            }}
          >
            {one.expr}
          </button>
          <span className={styles.historyAt}>{one.at === 0 ? "" : ago(one.at, now)}</span>
          <IconButton
            icon="close"
            size={22}
            label="Forget it"
            onClick={() => {
              forgetQuery(one);
              setAll(recentQueries());
            }}
          />
        </div>
      ))}
    </section>
  );
}
