// The cell under the pointer: its time, its bucket, its count, and how the counts of its moment are spread over the buckets.
import { absolute } from "../../../time/range";
import { type Point, Tip } from "../tip/Tip";
import { ColorBar } from "./ColorBar";
import type { Heat } from "./heat";
import styles from "./heat.module.css";
import { stepOf } from "./heatColors";
import { countText, type HeatLook, rowText } from "./heatLook";

interface Props {
  point: Point;
  heat: Heat;
  row: number;
  column: number;
  look: HeatLook;
  palette: readonly string[];
  low: number;
  high: number;
}

export function HeatTip({ point, heat, row, column, look, palette, low, high }: Props) {
  const start = heat.starts[column] ?? 0;
  const own = heat.rows[row];
  const value = heat.cells[row]?.[column] ?? null;
  if (own === undefined) return null;
  const color = value === null ? undefined : palette[stepOf(value, low, high, palette.length)];
  return (
    <Tip
      at={point}
      head={`${absolute(start)} to ${absolute(start + heat.columnMs).slice(11)}`}
      rows={[
        { name: rowText(own, look), text: "" },
        { name: look.valueName, text: value === null ? "–" : countText(value, look), color, near: true },
      ]}
    >
      {look.histogram && <Spread counts={heat.cells.map((one) => one[column] ?? 0)} at={row} reverse={look.reverse} />}
      {look.tooltipColors && (
        <ColorBar palette={palette} low={low} high={high} look={look} value={value ?? undefined} />
      )}
    </Tip>
  );
}

/** All buckets of one moment, the lowest at the left. */
function Spread({ counts, at, reverse }: { counts: readonly number[]; at: number; reverse: boolean }) {
  const most = counts.reduce((a, b) => Math.max(a, b), 0) || 1;
  const bars = counts.map((count, index) => ({ count, index }));
  return (
    <div className={styles.spread} data-testid="heat-spread">
      {(reverse ? bars.reverse() : bars).map(({ count, index }) => (
        <i key={index} data-here={index === at} style={{ height: `${(count / most) * 100}%` }} />
      ))}
    </div>
  );
}
