// The whole trace in a strip. A drag chooses the part of time that the waterfall shows; a double click shows all again.
import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { Trace } from "../../api/tempo/trace";
import { hueColor } from "../../charts/colors/palette";
import { duration } from "../../format/number";
import { useDark } from "../../ui/hooks/useDark";
import { useWidth } from "../../ui/hooks/useWidth";
import type { Window } from "../TracePage";
import styles from "../traces.module.css";
import type { Layout } from "./layout";
import { eachRun, minimapGrid } from "./minimapGrid";

const HEIGHT_PX = 48;
/** Rows of the strip are this high at least; few spans make thicker ones. */
const THINNEST_PX = 1;
const THICKEST_PX = 4;
const SHORTEST_DRAG_PX = 4;

interface Props {
  trace: Trace;
  layout: Layout;
  hueOf: (service: string) => number;
  view: Window;
  onView: (view: Window | undefined) => void;
}

export function Minimap({ trace, layout, hueOf, view, onView }: Props) {
  const [host, width] = useWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const dark = useDark();

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (element === null || context === null || context === undefined || width === 0) return;
    element.width = width;
    element.height = HEIGHT_PX;
    const thick = Math.min(THICKEST_PX, Math.max(THINNEST_PX, Math.floor(HEIGHT_PX / trace.spans.length)));
    const grid = minimapGrid(trace, layout, hueOf, width, Math.floor(HEIGHT_PX / thick));
    eachRun(grid, (hue, x, y, length) => {
      context.fillStyle = hueColor(hue, dark);
      context.fillRect(x, y * thick, length, Math.max(1, thick - (thick > 2 ? 1 : 0)));
    });
  }, [trace, layout, hueOf, width, dark]);

  const total = Math.max(1, trace.length);
  const x = (event: PointerEvent) =>
    Math.max(0, Math.min(width, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const toTime = (pixel: number) => (pixel / Math.max(1, width)) * total;
  const isPart = view.from > 0 || view.to < total;
  return (
    <div className={styles.minimapFrame}>
      <div
        ref={host}
        className={styles.minimap}
        style={{ height: HEIGHT_PX }}
        role="img"
        aria-label={`The whole trace, ${duration(total)}. Drag to look at a part.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: x(event), to: x(event) });
        }}
        onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, to: x(event) })}
        onPointerUp={(event) => {
          const held = drag;
          setDrag(undefined);
          if (held === undefined || Math.abs(x(event) - held.from) < SHORTEST_DRAG_PX) return;
          onView({ from: toTime(Math.min(held.from, x(event))), to: toTime(Math.max(held.from, x(event))) });
        }}
        onDoubleClick={() => onView(undefined)}
        data-testid="minimap"
      >
        <canvas ref={canvas} style={{ width, height: HEIGHT_PX }} />
        {isPart && <div className={styles.veil} style={{ left: 0, width: `${(view.from / total) * 100}%` }} />}
        {isPart && <div className={styles.veil} style={{ left: `${(view.to / total) * 100}%`, right: 0 }} />}
        {drag !== undefined && (
          <div
            className={styles.brush}
            style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
          />
        )}
      </div>
    </div>
  );
}
