// The box beside the pointer over a panel that is no chart of lines: what is there, told in rows. It stands over the whole page, so
// that a small panel does not cut it. Text nodes only.
import { Portal } from "@mantine/core";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import styles from "./tip.module.css";

/** Pixels of the window. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface TipRow {
  readonly name: string;
  readonly text: string;
  readonly color?: string | undefined;
  readonly near?: boolean;
}

interface Props {
  at: Point;
  head: string;
  rows: readonly TipRow[];
  notes?: readonly string[];
  children?: ReactNode;
}

/** More rows hide what they tell of; the rest is counted. */
const MOST_ROWS = 16;
const AWAY_PX = 14;

export function Tip({ at, head, rows, notes = [], children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { offsetWidth: width, offsetHeight: height } = element;
    setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
  });
  const left = at.x + AWAY_PX + size.width > innerWidth ? at.x - AWAY_PX - size.width : at.x + AWAY_PX;
  const top = Math.min(at.y + AWAY_PX, innerHeight - size.height - 4);
  return (
    <Portal>
      <div
        ref={box}
        className={styles.tip}
        role="tooltip"
        data-testid="tip"
        style={{ transform: `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)` }}
      >
        <div className={styles.head}>{head}</div>
        {rows.slice(0, MOST_ROWS).map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
          <div key={index} className={styles.row} data-near={row.near === true}>
            {row.color !== undefined && <span className={styles.dot} style={{ background: row.color }} />}
            <span className={styles.name}>{row.name}</span>
            <span className={styles.text}>{row.text}</span>
          </div>
        ))}
        {rows.length > MOST_ROWS && <div className={styles.head}>and {rows.length - MOST_ROWS} more</div>}
        {notes.map((note) => (
          <div key={note} className={styles.head}>
            {note}
          </div>
        ))}
        {children}
      </div>
    </Portal>
  );
}
