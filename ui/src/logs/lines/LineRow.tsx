// One line: level bar, time, service where they differ, and the text. Text only: nothing of a line becomes markup.
import { memo } from "react";
import { nameTextColor } from "../../charts/colors/palette";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { absolute } from "../../time/range";
import { useDark } from "../../ui/useDark";
import type { LogEntry } from "../entry";
import type { Field } from "../fields";
import { markLine, plainText } from "../filters";
import styles from "../logs.module.css";
import { LineDetails } from "./LineDetails";

/** A folded line shows this much; open it to see all. */
const FOLDED_CHARS = 4_000;

interface Props {
  entry: LogEntry;
  open: boolean;
  selected: boolean;
  service: string | undefined;
  marks: readonly RegExp[];
  onToggle: (key: string) => void;
  onFilter: (field: Field, wanted: boolean) => void;
}

export const LineRow = memo(function LineRow({ entry, open, selected, service, marks, onToggle, onFilter }: Props) {
  const dark = useDark();
  const hues = useServiceHues();
  const text = plainText(entry.line.slice(0, FOLDED_CHARS));
  let at = 0;
  return (
    <>
      <button
        type="button"
        className={styles.line}
        data-selected={selected}
        data-open={open}
        data-level={entry.level}
        aria-expanded={open}
        tabIndex={-1}
        onClick={() => {
          // Marking text with the mouse must not fold the line.
          if ((getSelection()?.toString() ?? "") === "") onToggle(entry.key);
        }}
      >
        <span className={styles.time} title={entry.level}>
          {absolute(entry.ms)}.{entry.ns.slice(-9, -6)}
        </span>
        {service !== undefined && (
          <span className={styles.service} style={{ color: nameTextColor(service, dark, hues) }}>
            {service}
          </span>
        )}
        <span className={styles.text}>
          {markLine(text, marks).map((piece) => {
            const key = at;
            at += piece.text.length;
            return piece.marked ? <mark key={key}>{piece.text}</mark> : <span key={key}>{piece.text}</span>;
          })}
        </span>
      </button>
      {open && <LineDetails entry={entry} onFilter={onFilter} />}
    </>
  );
});
