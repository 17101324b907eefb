// Lies over a panel while the dashboard is arranged: dragged, it moves; at its corner, it grows; the arrows do the same.
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import styles from "../page.module.css";
import type { Freedom } from "./arranging";

export interface Shift {
  readonly x?: number;
  readonly y?: number;
  readonly w?: number;
  readonly h?: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Props {
  title: string;
  /** Pixels of one grid unit, and of the panel with its gap. */
  unit: Size;
  cell: Size;
  freedom: Freedom;
  onShift: (by: Shift) => void;
  /** By so many cells to the right and down, in a grid that fills itself. */
  onReorder: (x: number, y: number) => void;
}

interface Drag {
  readonly grows: boolean;
  readonly startX: number;
  readonly startY: number;
  readonly dx: number;
  readonly dy: number;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function Arranger({ title, unit, cell, freedom, onShift, onReorder }: Props) {
  const [drag, setDrag] = useState<Drag>();
  const isOrdered = freedom === "ordered";
  const { width: column, height: row } = isOrdered ? cell : unit;
  if (freedom === "fixed")
    return <div className={styles.arranger} data-fixed="true" title="This grid places its panels itself" />;
  const start = (event: PointerEvent, grows: boolean) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    (event.currentTarget as HTMLElement).closest("button")?.setPointerCapture(event.pointerId);
    setDrag({ grows, startX: event.clientX, startY: event.clientY, dx: 0, dy: 0 });
  };
  const move = (event: PointerEvent) => {
    if (drag !== undefined) setDrag({ ...drag, dx: event.clientX - drag.startX, dy: event.clientY - drag.startY });
  };
  const end = () => {
    if (drag === undefined) return;
    const [x, y] = [Math.round(drag.dx / column), Math.round(drag.dy / row)];
    setDrag(undefined);
    if (x === 0 && y === 0) return;
    if (isOrdered) onReorder(x, y);
    else onShift(drag.grows ? { w: x, h: y } : { x, y });
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && drag !== undefined) {
      event.stopPropagation();
      setDrag(undefined);
    }
    const by = ARROWS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    if (isOrdered) onReorder(by[0], by[1]);
    else onShift(event.shiftKey ? { w: by[0], h: by[1] } : { x: by[0], y: by[1] });
  };
  const snap = (value: number, unit: number) => Math.round(value / unit) * unit;
  const [dx, dy] = drag === undefined ? [0, 0] : [snap(drag.dx, column), snap(drag.dy, row)];
  return (
    <button
      type="button"
      className={styles.arranger}
      data-dragged={drag !== undefined}
      style={
        drag === undefined ? {} : drag.grows ? { right: -dx, bottom: -dy } : { translate: `${drag.dx}px ${drag.dy}px` }
      }
      aria-label={
        isOrdered ? `Move ${title}: arrows change its place` : `Move ${title}: arrows move, Shift and arrows resize`
      }
      data-testid="arranger"
      onPointerDown={(event) => start(event, false)}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={() => setDrag(undefined)}
      onKeyDown={press}
    >
      <span className={styles.arrangeTitle}>{title}</span>
      {!isOrdered && (
        <span className={styles.corner} data-testid="corner" onPointerDown={(event) => start(event, true)} />
      )}
      {drag !== undefined && !drag.grows && (
        <span className={styles.ghost} style={{ translate: `${dx - drag.dx}px ${dy - drag.dy}px` }} />
      )}
    </button>
  );
}
