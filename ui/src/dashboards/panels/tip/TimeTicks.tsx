// The axis of time under panels that draw their own plot, and the stretch that is being chosen on it.
import type { Range } from "../../../time/range";
import { timeTicks } from "../compute/timeTicks";
import styles from "./tip.module.css";

interface Props {
  range: Range;
  left: number;
  width: number;
  height: number;
}

export function TimeTicks({ range, left, width, height }: Props) {
  return (
    <div className={styles.axis} style={{ marginLeft: left, width, height }} aria-hidden="true">
      {timeTicks(range, width).map((tick) => (
        <span key={tick.at} style={{ left: tick.x }}>
          {tick.text}
        </span>
      ))}
    </div>
  );
}

export function Stretch({ of }: { of: { readonly from: number; readonly to: number } | undefined }) {
  if (of === undefined) return null;
  return <div className={styles.selected} style={{ left: of.from, width: of.to - of.from }} />;
}
