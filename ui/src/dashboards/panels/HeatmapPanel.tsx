// How often values fall into each bucket over time, as shades on a canvas.
import { useEffect, useMemo, useRef, useState } from "react";
import { record, text } from "../../api/decode";
import { clockText } from "../../charts/axes/axes";
import { absolute } from "../../time/range";
import { useDark } from "../../ui/useDark";
import { mix } from "../field/colors";
import { digits } from "../field/unitForms";
import { formatValue } from "../field/units";
import { type Heat, heatOf } from "./compute/buckets";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const LEFT_PX = 64;
const BOTTOM_PX = 22;

const SHADES: Readonly<Record<string, [dark: readonly string[], light: readonly string[]]>> = {
  warm: [
    ["#2b2118", "#8a5200", "#f2a33a", "#ffe3b0"],
    ["#fdf1dd", "#f7bb66", "#b87110", "#5f3800"],
  ],
  cold: [
    ["#14202c", "#1f5c8c", "#5aa9e6", "#d5ebfb"],
    ["#e8f3fc", "#8cc4ee", "#2272b4", "#12406a"],
  ],
};

export function HeatmapPanel({ panel, frames, range, width, height, onZoom }: PanelProps) {
  const dark = useDark();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<{ column: number; row: number; x: number; y: number }>();
  const heat = useMemo(() => heatOf(frames, panel.options.calculate === true), [frames, panel.options.calculate]);
  const scheme = text(record(panel.options.color).scheme, "Oranges");
  const unit = text(record(panel.options.yAxis).unit) || panel.defaults.unit;
  const plot = { width: width - LEFT_PX - 8, height: height - BOTTOM_PX - 6 };
  const from = useRef<number | undefined>(undefined);

  useEffect(() => {
    const element = canvas.current;
    if (element === null || heat === undefined || plot.width < 10 || plot.height < 10) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(plot.width * ratio);
    element.height = Math.round(plot.height * ratio);
    const context = element.getContext("2d");
    if (context === null) return;
    const shades =
      (SHADES[/blue|green|purple|pu|cold/i.test(scheme) ? "cold" : "warm"] ?? SHADES.warm)?.[dark ? 0 : 1] ?? [];
    paintCells(context, heat, range, element.width, element.height, shades);
  }, [heat, range, plot.width, plot.height, dark, scheme]);

  if (heat === undefined || heat.rows.length === 0) return <NoData />;
  const place = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const timeAt = (x: number) => range.from + (x / plot.width) * (range.to - range.from);
  const move = (event: React.PointerEvent) => {
    const { x, y } = place(event);
    const column = Math.round((timeAt(x) - (heat.times[0] ?? 0)) / columnMs(heat));
    const row = heat.rows.length - 1 - Math.floor((y / plot.height) * heat.rows.length);
    setAt(heat.cells[row]?.[column] === undefined ? undefined : { column, row, x, y });
  };
  const up = (event: React.PointerEvent) => {
    const { x } = place(event);
    const start = from.current;
    from.current = undefined;
    if (start !== undefined && Math.abs(x - start) > 5) {
      onZoom({ from: timeAt(Math.min(start, x)), to: timeAt(Math.max(start, x)) });
    }
  };
  const every = Math.max(1, Math.ceil(heat.rows.length / Math.max(1, Math.floor(plot.height / 18))));
  const ticks = Math.max(2, Math.floor(plot.width / 100));
  return (
    <div className={styles.heat} style={{ width, height }} data-testid="heatmap">
      {heat.rows.map((name, index) =>
        index % every === 0 ? (
          <span
            key={name}
            className={styles.heatRow}
            style={{ top: 6 + plot.height * (1 - (index + 0.5) / heat.rows.length), width: LEFT_PX - 6 }}
          >
            {heat.ends === undefined ? name : formatValue(heat.ends[index] ?? 0, unit)}
          </span>
        ) : null,
      )}
      <canvas
        ref={canvas}
        style={{ left: LEFT_PX, top: 6, width: plot.width, height: plot.height }}
        role="img"
        aria-label={`${panel.title}: heatmap of ${heat.rows.length} buckets`}
        onPointerMove={move}
        onPointerLeave={() => setAt(undefined)}
        onPointerDown={(event) => {
          from.current = place(event).x;
        }}
        onPointerUp={up}
      />
      {Array.from({ length: ticks }, (_, index) => {
        const time = range.from + ((index + 0.5) / ticks) * (range.to - range.from);
        return (
          <span key={time} className={styles.heatTime} style={{ left: LEFT_PX + ((index + 0.5) / ticks) * plot.width }}>
            {clockText(time / 1_000, (range.to - range.from) / 1_000 < 600 ? 1 : 60)}
          </span>
        );
      })}
      {at !== undefined && (
        <div
          className={styles.tip}
          style={{ left: Math.min(width - 190, LEFT_PX + at.x + 14), top: Math.min(height - 62, at.y + 14) }}
        >
          <div>{absolute(heat.times[at.column] ?? 0)}</div>
          <div>
            {at.row === 0 || heat.ends === undefined ? "" : `${formatValue(heat.ends[at.row - 1] ?? 0, unit)} to `}
            {heat.ends === undefined ? heat.rows[at.row] : formatValue(heat.ends[at.row] ?? 0, unit)}
          </div>
          <b>{digits(heat.cells[at.row]?.[at.column] ?? 0, undefined)}</b>
        </div>
      )}
    </div>
  );
}

function columnMs(heat: Heat): number {
  return (heat.times[1] ?? 0) - (heat.times[0] ?? 0) || 60_000;
}

function paintCells(
  context: CanvasRenderingContext2D,
  heat: Heat,
  range: { from: number; to: number },
  width: number,
  height: number,
  shades: readonly string[],
): void {
  context.clearRect(0, 0, width, height);
  const step = columnMs(heat);
  const scale = width / (range.to - range.from);
  const rowHeight = height / heat.rows.length;
  // A logarithm, so that one request among thousands is still seen.
  const top = Math.log1p(heat.max);
  heat.cells.forEach((row, index) => {
    const y = height - (index + 1) * rowHeight;
    row.forEach((value, column) => {
      if (value === null || value <= 0) return;
      const x = ((heat.times[column] ?? 0) - step / 2 - range.from) * scale;
      context.fillStyle = mix(shades, top === 0 ? 0 : Math.max(0.08, Math.log1p(value) / top));
      context.fillRect(x, y + 0.5, Math.max(1, step * scale - 1), Math.max(1, rowHeight - 1));
    });
  });
}
