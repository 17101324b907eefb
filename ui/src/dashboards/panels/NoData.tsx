// What a panel says when its queries answered with nothing.
import styles from "./panels.module.css";

export function NoData({ text = "No data" }: { text?: string | undefined }) {
  return (
    <div className={styles.noData} role="status">
      {text}
    </div>
  );
}
