// Pointer gestures of a time chart: drag zooms (uPlot's own selection), double click goes back, shift+drag sideways pans
// and up or down zooms into the values, a click with the modifier names a moment, a drag with it a while.
import type uPlot from "uplot";
import type { Range } from "../../time/range";

export interface Gestures {
  readonly onZoom: (range: Range) => void;
  readonly onBack: () => void;
  /** A click or a drag with the modifier: something is to be said of that moment, or of that while. */
  readonly onMoment?: ((span: Range) => void) | undefined;
}

/** A shorter drag is a click that trembled. */
const SHORTEST_DRAG_PX = 5;

const hasModifier = (event: MouseEvent) => event.ctrlKey || event.metaKey;

export function gesturesPlugin(gestures: Gestures): uPlot.Plugin {
  let isNaming = false;
  let startX = 0;
  const values = valueZoom();
  return {
    hooks: {
      setSelect: (plot) => {
        const { left, width } = plot.select;
        if (width < SHORTEST_DRAG_PX) return;
        const from = plot.posToVal(left, "x") * 1_000;
        const to = plot.posToVal(left + width, "x") * 1_000;
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        const span = { from, to: Math.max(to, from + 1) };
        if (isNaming && gestures.onMoment !== undefined) gestures.onMoment(span);
        else gestures.onZoom(span);
      },
      ready: (plot) => {
        plot.over.addEventListener("dblclick", () => {
          if (!values.back(plot)) gestures.onBack();
        });
        plot.over.addEventListener("click", (event) => {
          if (!hasModifier(event) || Math.abs(event.clientX - startX) >= SHORTEST_DRAG_PX) return;
          const left = event.clientX - plot.over.getBoundingClientRect().left;
          const at = plot.posToVal(left, "x") * 1_000;
          gestures.onMoment?.({ from: at, to: at });
        });
        plot.over.addEventListener("mousedown", (event) => {
          isNaming = hasModifier(event);
          startX = event.clientX;
        });
        plot.over.addEventListener("mousedown", (event) => dragOnShift(plot, event, gestures, values), true);
      },
    },
  };
}

/** A click of its own: with no key, and no end of a drag. */
export function clickPlugin(onClick: (plot: uPlot, event: MouseEvent) => void): uPlot.Plugin {
  return {
    hooks: {
      ready: (plot) => {
        let from = 0;
        plot.over.addEventListener("mousedown", (event) => {
          from = event.clientX;
        });
        plot.over.addEventListener("click", (event) => {
          if (hasModifier(event) || event.shiftKey) return;
          if (Math.abs(event.clientX - from) < SHORTEST_DRAG_PX) onClick(plot, event);
        });
      },
    },
  };
}

/** Sideways the time goes with the pointer; up or down the values between both ends are what is shown. */
function dragOnShift(plot: uPlot, down: MouseEvent, gestures: Gestures, values: ValueZoom): void {
  if (!down.shiftKey || down.button !== 0) return;
  down.stopImmediatePropagation();
  down.preventDefault();
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  const low = min ?? 0;
  const high = max ?? 0;
  const perPixel = (high - low) / Math.max(1, plot.over.clientWidth);
  const moved = (event: MouseEvent) => (down.clientX - event.clientX) * perPixel;
  const isSideways = (event: MouseEvent) =>
    Math.abs(event.clientX - down.clientX) >= Math.abs(event.clientY - down.clientY);
  const move = (event: MouseEvent) => {
    const by = isSideways(event) ? moved(event) : 0;
    values.show(plot, down, isSideways(event) ? undefined : event);
    plot.setScale("x", { min: low + by, max: high + by });
  };
  const up = (event: MouseEvent) => {
    document.removeEventListener("mousemove", move);
    document.removeEventListener("mouseup", up);
    values.show(plot, down, undefined);
    if (!isSideways(event)) {
      values.zoom(plot, down, event);
      return;
    }
    const by = moved(event);
    if (Math.abs(event.clientX - down.clientX) >= SHORTEST_DRAG_PX) {
      gestures.onZoom({ from: (low + by) * 1_000, to: (high + by) * 1_000 });
    }
  };
  document.addEventListener("mousemove", move);
  document.addEventListener("mouseup", up);
}

type ValueZoom = ReturnType<typeof valueZoom>;

/** Shows the values between two heights only, until a double click or the next answer. */
function valueZoom() {
  let isZoomed = false;
  const heights = (plot: uPlot, down: MouseEvent, event: MouseEvent) => {
    const box = plot.over.getBoundingClientRect();
    const inside = (y: number) => Math.max(0, Math.min(box.height, y - box.top));
    const [a, b] = [inside(down.clientY), inside(event.clientY)];
    return { top: Math.min(a, b), foot: Math.max(a, b) };
  };
  return {
    show: (plot: uPlot, down: MouseEvent, event: MouseEvent | undefined) => {
      const { top, foot } = event === undefined ? { top: 0, foot: 0 } : heights(plot, down, event);
      const width = event === undefined ? 0 : plot.over.clientWidth;
      plot.setSelect({ left: 0, width, top, height: foot - top }, false);
    },
    zoom: (plot: uPlot, down: MouseEvent, event: MouseEvent) => {
      const { top, foot } = heights(plot, down, event);
      if (foot - top < SHORTEST_DRAG_PX) return;
      const keys = Object.keys(plot.scales).filter((one) => one !== "x");
      const ends = keys.map((key) => ({ key, min: plot.posToVal(foot, key), max: plot.posToVal(top, key) }));
      isZoomed = true;
      plot.batch(() => {
        for (const { key, min, max } of ends) plot.setScale(key, { min, max });
      });
    },
    /** Whether there was something to go back from. */
    back: (plot: uPlot): boolean => {
      if (!isZoomed) return false;
      isZoomed = false;
      plot.setData(plot.data, true);
      return true;
    },
  };
}
