// A stretch of time chosen by dragging over a panel; two clicks go back. A press that does not move stays a click.
import { type PointerEvent, useRef, useState } from "react";
import type { Range } from "../../../time/range";

/** A shorter way is a click with an unsteady hand. */
const LEAST_PX = 5;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

export function useDragZoom(range: Range, width: number, onZoom: (range: Range) => void, onBack: () => void) {
  const [stretch, setStretch] = useState<Stretch>();
  const start = useRef<number | undefined>(undefined);
  const placeOf = (event: PointerEvent) =>
    Math.max(0, Math.min(width, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const timeAt = (x: number) => range.from + (x / width) * (range.to - range.from);
  const end = () => {
    start.current = undefined;
    setStretch(undefined);
  };
  return {
    /** Pixels; undefined while nothing is being chosen. */
    stretch,
    bind: {
      onPointerDown: (event: PointerEvent) => {
        if (event.button === 0) start.current = placeOf(event);
      },
      onPointerMove: (event: PointerEvent) => {
        const from = start.current;
        if (from === undefined) return;
        // The button was let go where this panel did not see it.
        if (event.buttons === 0) return end();
        const x = placeOf(event);
        if (stretch === undefined && Math.abs(x - from) < LEAST_PX) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setStretch({ from: Math.min(from, x), to: Math.max(from, x) });
      },
      onPointerUp: () => {
        if (stretch !== undefined) onZoom({ from: timeAt(stretch.from), to: timeAt(stretch.to) });
        end();
      },
      onPointerCancel: end,
      onDoubleClick: onBack,
    },
  };
}
