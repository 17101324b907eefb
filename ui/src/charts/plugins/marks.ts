// Exemplars on a chart: small diamonds that open the trace. At most one a few pixels, the highest of its place wins.
import type uPlot from "uplot";

export interface Mark {
  /** Epoch seconds. */
  readonly time: number;
  readonly value: number;
  readonly id: string;
  readonly label: string;
}

/** Diamonds closer than this would be one blot. */
const CELL_PX = 9;
const HALF_PX = 4;
/** How far from its middle a diamond still takes a click. */
const REACH_PX = 8;

/** Thins marks to one a cell of the pixel grid. `x` and `y` place them. */
export function thinMarks(marks: readonly Mark[], x: (mark: Mark) => number, y: (mark: Mark) => number): Mark[] {
  const cells = new Map<string, Mark>();
  for (const mark of marks) {
    const cell = `${Math.floor(x(mark) / CELL_PX)}:${Math.floor(y(mark) / CELL_PX)}`;
    const known = cells.get(cell);
    if (known === undefined || mark.value > known.value) cells.set(cell, mark);
  }
  return [...cells.values()];
}

export interface Marks {
  /** Asked at each drawing, so that new ones need no new chart. */
  readonly marks: () => readonly Mark[];
  readonly color: string;
  /** The scale of their values. */
  readonly scale: string;
  readonly onOpen: (mark: Mark) => void;
}

export function marksPlugin({ marks, color, scale, onOpen }: Marks): uPlot.Plugin {
  // A value outside of the axis stands at its edge: the trace behind it is what counts.
  const y = (plot: uPlot, mark: Mark) => {
    const { min, max } = plot.scales[scale] ?? {};
    return plot.valToPos(Math.max(min ?? 0, Math.min(max ?? 0, mark.value)), scale);
  };
  const placed = (plot: uPlot) => {
    const { min, max } = plot.scales.x ?? {};
    const inside = marks().filter((mark) => mark.time >= (min ?? 0) && mark.time <= (max ?? 0));
    return thinMarks(
      inside,
      (mark) => plot.valToPos(mark.time, "x"),
      (mark) => y(plot, mark),
    );
  };
  const under = (plot: uPlot, event: MouseEvent) => {
    const box = plot.over.getBoundingClientRect();
    const x = event.clientX - box.left;
    const top = event.clientY - box.top;
    return placed(plot).find((mark) => Math.hypot(plot.valToPos(mark.time, "x") - x, y(plot, mark) - top) <= REACH_PX);
  };
  return {
    hooks: {
      draw: (plot) => {
        const context = plot.ctx;
        const ratio = devicePixelRatio || 1;
        context.save();
        context.fillStyle = color;
        for (const mark of placed(plot)) {
          const x = plot.valToPos(mark.time, "x", true);
          const middle = plot.bbox.top + y(plot, mark) * ratio;
          const half = HALF_PX * ratio;
          context.beginPath();
          context.moveTo(x, middle - half);
          context.lineTo(x + half, middle);
          context.lineTo(x, middle + half);
          context.lineTo(x - half, middle);
          context.fill();
        }
        context.restore();
      },
      ready: (plot) => {
        plot.over.addEventListener("mousemove", (event) => {
          plot.over.style.cursor = under(plot, event) === undefined ? "" : "pointer";
        });
        plot.over.addEventListener("click", (event) => {
          const mark = under(plot, event);
          if (mark !== undefined) onOpen(mark);
        });
      },
    },
  };
}
