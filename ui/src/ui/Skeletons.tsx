// Shapes of what is coming, in its final size, so that nothing moves when it arrives.
import styles from "./Skeletons.module.css";

export function SkeletonRows({ rows, height = 28 }: { rows: number; height?: number }) {
  return (
    <div className={styles.rows} role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move
          key={index}
          className={styles.bar}
          style={{ height: height - 14, width: `${92 - ((index * 37) % 41)}%` }}
        />
      ))}
    </div>
  );
}

export function SkeletonBlock({ height }: { height: number }) {
  return <div className={styles.block} style={{ height }} role="status" aria-busy="true" aria-label="Loading" />;
}
