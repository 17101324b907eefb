// Finds spans of the open trace by text: Enter goes to the next one, Shift+Enter to the one before.
import { useMemo, useState } from "react";
import type { Trace } from "../api/tempo/trace";
import { findSpans, nextFound } from "./findSpans";
import styles from "./traces.module.css";

interface Props {
  trace: Trace;
  order: ArrayLike<number>;
  selected: number;
  onSelect: (index: number) => void;
}

export function FindInTrace({ trace, order, selected, onSelect }: Props) {
  const [wanted, setWanted] = useState("");
  const found = useMemo(() => findSpans(trace, order, wanted), [trace, order, wanted]);
  const at = found.indexOf(selected);
  const words = found.length === 0 ? "none" : at < 0 ? String(found.length) : `${at + 1} of ${found.length}`;
  return (
    <span className={styles.finder}>
      <input
        className={styles.finderInput}
        type="search"
        placeholder="Find in this trace"
        aria-label="Find in this trace"
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          const next = nextFound(found, selected, event.shiftKey ? -1 : 1);
          if (next !== undefined) onSelect(next);
        }}
      />
      <span className={styles.muted} aria-live="polite" data-testid="found-spans">
        {wanted.trim() === "" ? "" : words}
      </span>
    </span>
  );
}
