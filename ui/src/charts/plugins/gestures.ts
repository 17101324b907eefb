// Pointer gestures of a time chart: drag zooms (uPlot's own selection), double click goes back, shift+drag pans, a click
// with the modifier names a moment, a drag with it a while.
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
        plot.over.addEventListener("dblclick", () => gestures.onBack());
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
        plot.over.addEventListener("mousedown", (event) => panOnShift(plot, event, gestures), true);
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

function panOnShift(plot: uPlot, down: MouseEvent, gestures: Gestures): void {
  if (!down.shiftKey || down.button !== 0) return;
  down.stopImmediatePropagation();
  down.preventDefault();
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  const low = min ?? 0;
  const high = max ?? 0;
  const perPixel = (high - low) / Math.max(1, plot.over.clientWidth);
  const moved = (event: MouseEvent) => (down.clientX - event.clientX) * perPixel;
  const move = (event: MouseEvent) => plot.setScale("x", { min: low + moved(event), max: high + moved(event) });
  const up = (event: MouseEvent) => {
    document.removeEventListener("mousemove", move);
    document.removeEventListener("mouseup", up);
    const by = moved(event);
    if (Math.abs(event.clientX - down.clientX) >= SHORTEST_DRAG_PX) {
      gestures.onZoom({ from: (low + by) * 1_000, to: (high + by) * 1_000 });
    }
  };
  document.addEventListener("mousemove", move);
  document.addEventListener("mouseup", up);
}
