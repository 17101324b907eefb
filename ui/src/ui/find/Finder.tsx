// A text to find among what is shown: how often it is there, and the way to the next and the one before. Enter and Shift+Enter
// do the same.
import { IconButton } from "../IconButton";
import styles from "./Finder.module.css";
import { nextFound } from "./nextFound";

interface Props {
  label: string;
  wanted: string;
  /** Places in the order of the page. */
  found: readonly number[];
  selected: number;
  onWanted: (text: string) => void;
  onSelect: (place: number) => void;
  testId: string;
}

export function Finder({ label, wanted, found, selected, onWanted, onSelect, testId }: Props) {
  const at = found.indexOf(selected);
  const words = found.length === 0 ? "none" : at < 0 ? String(found.length) : `${at + 1} of ${found.length}`;
  const go = (step: 1 | -1) => {
    const next = nextFound(found, selected, step);
    if (next !== undefined) onSelect(next);
  };
  return (
    <search className={styles.finder}>
      <input
        className={styles.input}
        type="search"
        placeholder={label}
        aria-label={label}
        value={wanted}
        onChange={(event) => onWanted(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
        }}
      />
      {wanted !== "" && (
        <>
          <span className={styles.count} aria-live="polite" data-testid={testId}>
            {words}
          </span>
          <IconButton icon="up" size={24} label="The one before" disabled={found.length === 0} onClick={() => go(-1)} />
          <IconButton icon="down" size={24} label="The next" disabled={found.length === 0} onClick={() => go(1)} />
        </>
      )}
    </search>
  );
}
