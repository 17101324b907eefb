// A value that has no form of its own, as JSON.
import { useState } from "react";
import styles from "./values.module.css";

interface Props {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function JsonField({ label, value, onChange }: Props) {
  const written = JSON.stringify(value, null, 2) ?? "";
  const [error, setError] = useState<string>();
  return (
    <>
      <textarea
        key={written}
        className={styles.json}
        defaultValue={written}
        rows={Math.min(12, written.split("\n").length)}
        spellCheck={false}
        aria-label={label}
        onBlur={(event) => {
          const typed = event.currentTarget.value;
          if (typed === written) return;
          try {
            onChange(JSON.parse(typed));
            setError(undefined);
          } catch (cause) {
            setError(cause instanceof Error ? cause.message : String(cause));
          }
        }}
      />
      {error !== undefined && <div className={styles.fault}>{error}</div>}
    </>
  );
}
