// A bar in a cell: plain, with the colours up to its value, or of small cells, with its words beside it.
import type { ReactNode } from "react";
import { valueColor } from "../../../field/show";
import type { Column } from "../columns";
import styles from "./cell.module.css";

/** A cell of a bar of cells is so wide; fewer or more of them are no scale. */
const CELL_PX = 7;
const CELLS = { least: 8, most: 40 } as const;
/** What stands around the bar in its cell, and its words beside it. */
const SIDES_PX = 24;
const WORDS_PX = 66;
/** Colours that a gradient is made of. */
const STOPS = 8;

interface Props {
  column: Column;
  value: number;
  dark: boolean;
  /** Pixels of the cell. */
  width: number;
  /** Undefined: none. */
  words: ReactNode;
}

export function Gauge({ column, value, dark, width, words }: Props) {
  const { config, bounds, look } = column;
  const share = Math.max(0, Math.min(1, (value - bounds.min) / (bounds.max - bounds.min)));
  const room = width - SIDES_PX - (words === undefined ? 0 : WORDS_PX);
  const cells = Math.max(CELLS.least, Math.min(CELLS.most, Math.round(room / CELL_PX)));
  const colorAt = (part: number) =>
    valueColor(bounds.min + part * (bounds.max - bounds.min), config, bounds, dark) ?? "var(--metrics)";
  return (
    <>
      <span className={styles.track} data-lcd={look.mode === "lcd"}>
        {look.mode === "lcd" ? (
          Array.from({ length: cells }, (_, index) => {
            const at = (index + 0.5) / cells;
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
