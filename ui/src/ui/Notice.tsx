// A quiet statement in the middle of an empty place: what is so, and what one may do.
import type { ReactNode } from "react";
import styles from "./Notice.module.css";

export function Notice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.notice} role="status">
      <div className={styles.title}>{title}</div>
      {children !== undefined && <div className={styles.body}>{children}</div>}
    </div>
  );
}
