// The whole document as text.
import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { record } from "../../../api/decode";
import styles from "../page.module.css";
import type { Draft } from "../useDraft";

export function EditJsonDialog({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(draft.json, null, 2));
  const [error, setError] = useState<string>();
  const apply = () => {
    try {
      const json: unknown = JSON.parse(text);
      if (typeof json !== "object" || json === null || Array.isArray(json))
        throw new Error("A dashboard is a JSON object.");
      draft.edit(() => record(json));
      onClose();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <Modal opened onClose={onClose} title="JSON of the dashboard" size="80%" transitionProps={{ duration: 0 }}>
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
    </Modal>
  );
}
