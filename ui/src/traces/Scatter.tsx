// Duration over time, one point a trace. Click opens, drag zooms the page.
import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { TraceSummary } from "../api/tempo/search";
import { clockText } from "../charts/axes/axes";
import { readLook, resolveColor } from "../charts/options";
import { duration } from "../format/number";
import type { Range } from "../time/range";
import { useDark } from "../ui/hooks/useDark";
import { useWidth } from "../ui/hooks/useWidth";
import { type Box, durationScale, nearestPlace, type Place, placeTraces, timeTicks } from "./scatterPlaces";
import styles from "./traces.module.css";

const LEFT_PX = 58;
const BOTTOM_PX = 24;
const TOP_PX = 10;
const RIGHT_PX = 12;
const DOT_PX = 3.2;
const REACH_PX = 14;
const SHORTEST_DRAG_PX = 6;
const TICK_PX = 110;

interface Props {
  traces: readonly TraceSummary[];
  range: Range;
  height: number;
  colorOf: (service: string) => string;
  onOpen: (trace: TraceSummary) => void;
  onZoom: (range: Range) => void;
  onBack: () => void;
}

export function Scatter({ traces, range, height, colorOf, onOpen, onZoom, onBack }: Props) {
  const [host, width] = useWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [near, setNear] = useState<Place>();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const dark = useDark();
  const box: Box = {
    left: LEFT_PX,
    top: TOP_PX,
    width: Math.max(1, width - LEFT_PX - RIGHT_PX),
    height: height - TOP_PX - BOTTOM_PX,
  };
  const places = placeTraces(traces, range, box);

  // The drawing is a function of what is rendered; `dark` changes the colours behind the variables.
  useEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const ratio = devicePixelRatio || 1;
    element.width = width * ratio;
    element.height = height * ratio;
    const context = element.getContext("2d");
    if (context === null) return;
    context.scale(ratio, ratio);
    drawAxes(context, traces, range, box);
    const error = resolveColor("var(--level-error)");
    for (const place of places) {
      context.globalAlpha = 0.85;
      context.fillStyle = place.trace.errors > 0 ? error : colorOf(place.trace.rootService);
      context.beginPath();
      context.arc(place.x, place.y, place === near ? DOT_PX * 1.8 : DOT_PX, 0, 7);
      context.fill();
    }
    void dark;
  });

  const at = (event: PointerEvent) => {
    const rect = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - rect.left, y: event.clientY - rect.top };
  };
  const timeAt = (x: number) => range.from + ((x - box.left) / box.width) * (range.to - range.from);
  const release = (event: PointerEvent) => {
    const held = drag;
    setDrag(undefined);
    const { x, y } = at(event);
    if (held !== undefined && Math.abs(x - held.from) > SHORTEST_DRAG_PX) {
      onZoom({ from: timeAt(Math.min(held.from, x)), to: timeAt(Math.max(held.from, x)) });
      return;
    }
    const hit = nearestPlace(places, x, y, REACH_PX);
    if (hit !== undefined) onOpen(hit.trace);
  };
  return (
    <div
      ref={host}
      className={styles.scatter}
      style={{ height, cursor: near === undefined ? "crosshair" : "pointer" }}
      role="img"
      aria-label={`Duration of ${traces.length} traces over time`}
      onPointerMove={(event) => {
        const { x, y } = at(event);
        setNear(nearestPlace(places, x, y, REACH_PX));
        if (drag !== undefined) setDrag({ ...drag, to: x });
      }}
      onPointerLeave={() => setNear(undefined)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: at(event).x, to: at(event).x });
      }}
      onPointerUp={release}
      onDoubleClick={onBack}
      data-testid="scatter"
    >
      <canvas ref={canvas} style={{ width, height }} />
      {drag !== undefined && Math.abs(drag.to - drag.from) > SHORTEST_DRAG_PX && (
        <div
          className={styles.brush}
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
      {near !== undefined && drag === undefined && (
        <div
          className={styles.tip}
          style={{ left: Math.min(near.x + 12, width - 260), top: Math.min(near.y + 10, height - 52) }}
        >
          <strong>{near.trace.rootName}</strong> {duration(near.trace.durationMs * 1e6)}
          <div className={styles.muted}>
            {near.trace.rootService}
            {near.trace.errors > 0 && `, ${near.trace.errors} errors`}
          </div>
        </div>
      )}
    </div>
  );
}

function drawAxes(context: CanvasRenderingContext2D, traces: readonly TraceSummary[], range: Range, box: Box): void {
  const look = readLook();
  context.clearRect(0, 0, box.left + box.width + RIGHT_PX, box.top + box.height + BOTTOM_PX);
  context.font = look.font;
  context.fillStyle = look.text;
  context.strokeStyle = look.grid;
  const { low, high } = durationScale(traces);
  const decades = Math.round(Math.log10(high / low));
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let decade = 0; decade <= decades; decade += 1) {
    const y = Math.round(box.top + (1 - decade / decades) * box.height) + 0.5;
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.left + box.width, y);
    context.stroke();
    context.fillText(duration(low * 10 ** decade * 1e6), box.left - 8, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const { step, ticks } = timeTicks(range, Math.max(2, Math.floor(box.width / TICK_PX)));
  for (const at of ticks) {
    const x = box.left + ((at * 1_000 - range.from) / (range.to - range.from)) * box.width;
    context.fillText(clockText(at, step), x, box.top + box.height + 8);
  }
}
