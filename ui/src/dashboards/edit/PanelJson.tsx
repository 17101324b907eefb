// The JSON of one panel as it stands in the document.
import { useEffect, useState } from "react";
import { type Json, record } from "../../api/decode";
import styles from "./edit.module.css";

export function PanelJson({ json, onChange }: { json: Json; onChange: (next: Json) => void }) {
  const written = JSON.stringify(json, null, 2);
  const [draft, setDraft] = useState(written);
  const [error, setError] = useState<string>();
  useEffect(() => setDraft(written), [written]);
  const apply = () => {
    if (draft === written) return;
    try {
      onChange(record(JSON.parse(draft)));
      setError(undefined);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <>
      <textarea
        className={styles.json}
        value={draft}
        spellCheck={false}
        aria-label="JSON of the panel"
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={apply}
      />
      {error !== undefined && <div className={styles.fault}>{error}</div>}
    </>
  );
}
