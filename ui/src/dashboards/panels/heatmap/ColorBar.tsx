// What the colours of a heatmap mean: the scale from its low to its high end, with a mark at the value under the pointer.

import styles from "./heat.module.css";
import { countText, type HeatLook } from "./heatLook";

interface Props {
  palette: readonly string[];
  low: number;
  high: number;
  look: HeatLook;
  value: number | undefined;
}

/** More stops than this are not told apart. */
const MOST_STOPS = 64;

export function ColorBar({ palette, low, high, look, value }: Props) {
  const every = Math.max(1, Math.ceil(palette.length / MOST_STOPS));
  const steps = palette.filter((_, index) => index % every === 0);
  // Each step is one plain stretch: few steps are seen as steps.
  const stops = steps.map(
    (color, index) => `${color} ${(index / steps.length) * 100}% ${((index + 1) / steps.length) * 100}%`,
  );
  const part = value === undefined || high <= low ? undefined : Math.max(0, Math.min(1, (value - low) / (high - low)));
  return (
    <div className={styles.colorBar} data-testid="color-bar">
      <span>{countText(low, look)}</span>
      <span className={styles.colors} style={{ background: `linear-gradient(90deg, ${stops.join(", ")})` }}>
        {part !== undefined && <i style={{ left: `${part * 100}%` }} />}
      </span>
      <span>{countText(high, look)}</span>
    </div>
  );
}
