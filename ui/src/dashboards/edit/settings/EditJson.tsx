// The whole document as text.
import { Button } from "@mantine/core";
import { useState } from "react";
import { type Json, record } from "../../../api/decode";
import styles from "../../page/page.module.css";

export function EditJson({ json, onApply }: { json: Json; onApply: (json: Json) => void }) {
  const [text, setText] = useState(() => JSON.stringify(json, null, 2));
  const [error, setError] = useState<string>();
  const apply = () => {
    try {
      const typed: unknown = JSON.parse(text);
      if (typeof typed !== "object" || typed === null || Array.isArray(typed))
        throw new Error("A dashboard is a JSON object.");
      onApply(record(typed));
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <>
      <textarea
        className={styles.json}
        value={text}
        spellCheck={false}
        aria-label="JSON"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error !== undefined && <div className={styles.fault}>{error}</div>}
      <div className={styles.buttons}>
        <Button size="xs" onClick={apply}>
          Apply
        </Button>
      </div>
    </>
  );
}
