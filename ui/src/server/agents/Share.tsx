// A part of a whole as a small bar with its number.
import styles from "../server.module.css";

/** From here on an operator should look. */
const NEARLY_FULL = 0.9;

export function Share({ of }: { of: number | undefined }) {
  if (of === undefined || !Number.isFinite(of)) return <>–</>;
  const part = Math.max(0, Math.min(1, of));
  return (
    <span className={styles.gauge}>
      <span className={styles.gaugeTrack} data-full={part > NEARLY_FULL}>
        <span style={{ width: `${part * 100}%` }} />
      </span>
      {Math.round(part * 100)} %
    </span>
  );
}
