// A bar in a cell: plain, with the colours up to its value, or of small cells, with its words beside it.
import type { ReactNode } from "react";
import { valueColor } from "../../field/show";
import type { Column } from "./columns";
import styles from "./table.module.css";

/** Cells of a bar of cells; more of them would be lines. */
const CELLS = 20;
/** Colours that a gradient is made of. */
const STOPS = 8;

interface Props {
  column: Column;
  value: number;
  dark: boolean;
  /** Undefined: none. */
  words: ReactNode;
}

export function Gauge({ column, value, dark, words }: Props) {
  const { config, bounds, look } = column;
  const share = Math.max(0, Math.min(1, (value - bounds.min) / (bounds.max - bounds.min)));
  const colorAt = (part: number) =>
    valueColor(bounds.min + part * (bounds.max - bounds.min), config, bounds, dark) ?? "var(--metrics)";
  return (
    <>
      <span className={styles.track} data-lcd={look.mode === "lcd"}>
        {look.mode === "lcd" ? (
          Array.from({ length: CELLS }, (_, index) => {
            const at = (index + 0.5) / CELLS;
            // biome-ignore lint/suspicious/noArrayIndexKey: cells never move
            return <span key={index} style={{ background: at <= share ? colorAt(at) : "var(--raised)" }} />;
          })
        ) : (
          <span
            style={{
              width: `${share * 100}%`,
              background: look.mode === "basic" ? colorAt(share) : gradient(share, colorAt),
            }}
          />
        )}
      </span>
      {words !== undefined && <span className={styles.beside}>{words}</span>}
    </>
  );
}

/** The colours that values pass on their way up to this one; of one colour, from faint to full. */
function gradient(share: number, colorAt: (part: number) => string): string {
  const stops = Array.from({ length: STOPS + 1 }, (_, at) => colorAt((share * at) / STOPS));
  const [first = ""] = stops;
  if (stops.every((one) => one === first)) {
    return `linear-gradient(90deg, color-mix(in oklab, ${first} 40%, transparent), ${first})`;
  }
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
