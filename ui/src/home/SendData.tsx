// How to send data here: one snippet a sender, with this server's addresses, ready to copy.
import { useState } from "react";
import type { Door } from "../api/oriel/status";
import { CopyButton } from "../ui/copy/CopyButton";
import styles from "./home.module.css";
import { Received } from "./Received";
import { snippets } from "./snippets";

export function SendData({ doors }: { doors: readonly Door[] }) {
  const all = snippets(doors, location.hostname);
  const [chosen, setChosen] = useState(all[0]?.id);
  const shown = all.find((one) => one.id === chosen) ?? all[0];
  if (shown === undefined) return null;
  return (
    <section aria-label="Send data" data-testid="send-data">
      <h2 className={styles.heading}>Send data here</h2>
      <div className={styles.tabs} role="tablist">
        {all.map((one) => (
          <button
            type="button"
            key={one.id}
            role="tab"
            aria-selected={one.id === shown.id}
            className={styles.tab}
            onClick={() => setChosen(one.id)}
          >
            {one.label}
          </button>
        ))}
        <span className={styles.tabGap} />
        <Received snippet={shown.id} />
        <span className={styles.muted}>{shown.file}</span>
        <CopyButton key={shown.id} label="Copy" text={() => shown.text} />
      </div>
      <pre className={styles.snippet}>{shown.text}</pre>
    </section>
  );
}
