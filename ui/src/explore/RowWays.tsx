// How the series of a query row are called, and how far apart its points are at least. What is typed holds when it is left.
import { useState } from "react";
import styles from "./RowWays.module.css";
import type { Row } from "./rows";
import { isStep, LONGEST_NAME } from "./search";

interface Props {
  letter: string;
  row: Row;
  onChange: (part: Partial<Row>) => void;
}

export function RowWays({ letter, row, onChange }: Props) {
  return (
    <div className={styles.ways} data-testid="row-ways">
      <Way
        words="Legend"
        label={`Legend of query ${letter}`}
        hint="{{label}}, or the labels that differ"
        value={row.legend}
        isValid={() => true}
        onChange={(legend) => onChange({ legend })}
      />
      <Way
        words="Min step"
        label={`Min step of query ${letter}`}
        hint="auto"
        className={styles.step}
        value={row.step}
        isValid={isStep}
        onChange={(step) => onChange({ step })}
      />
    </div>
  );
}

interface WayProps {
  words: string;
  label: string;
  hint: string;
  className?: string | undefined;
  value: string;
  isValid: (text: string) => boolean;
  onChange: (text: string) => void;
}

function Way({ words, label, hint, className, value, isValid, onChange }: WayProps) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setTyped(value);
  }
  const text = typed.trim();
  const put = () => {
    if (text !== value && isValid(text)) onChange(text);
  };
  return (
    <label>
      {words}
      <input
        aria-label={label}
        aria-invalid={!isValid(text)}
        className={className}
        placeholder={hint}
        maxLength={LONGEST_NAME}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={put}
        onKeyDown={(event) => {
          if (event.key === "Enter") put();
        }}
      />
    </label>
  );
}
