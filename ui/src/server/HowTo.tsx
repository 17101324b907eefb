// The next step where a page is empty: a sentence, and the text that one copies to take it.
import type { ReactNode } from "react";
import { CopyButton } from "../ui/copy/CopyButton";
import styles from "./server.module.css";

interface Props {
  readonly text: string;
  readonly testId: string;
  /** What the text does. */
  readonly children: ReactNode;
}

export function HowTo({ text, testId, children }: Props) {
  return (
    <div className={styles.howTo} data-testid={testId}>
      <p className={styles.lead}>{children}</p>
      <pre className={styles.yaml}>{text}</pre>
      <CopyButton label="Copy" text={() => text} />
    </div>
  );
}
