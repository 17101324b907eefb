// A whole trace in a strip: each cell of a small grid holds the hue of a span that covers it. Drawing costs the size of
// the strip, not the number of spans. Pure.
import type { Trace } from "../../api/tempo/trace";
import type { Layout } from "./layout";

export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Row by row: 0 empty, otherwise hue index + 1. */
  readonly cells: Uint8Array;
}

export function minimapGrid(
  trace: Trace,
  layout: Layout,
  hueOf: (service: string) => number,
  width: number,
  height: number,
): Grid {
  const cells = new Uint8Array(width * height);
  const total = Math.max(1, trace.length);
  const rows = layout.order.length;
  for (let row = 0; row < rows; row += 1) {
    const span = trace.spans[layout.order[row] ?? -1];
    if (span === undefined) continue;
    const y = rows <= height ? row : Math.floor((row * height) / rows);
    const from = Math.min(width - 1, Math.floor((span.start / total) * width));
    const to = Math.min(width, Math.max(from + 1, Math.ceil(((span.start + span.length) / total) * width)));
    cells.fill(hueOf(span.resource.service) + 1, y * width + from, y * width + to);
  }
  return { width, height, cells };
}

/** Calls `paint` once for each run of one hue. */
export function eachRun(grid: Grid, paint: (hue: number, x: number, y: number, length: number) => void): void {
  for (let y = 0; y < grid.height; y += 1) {
    let from = 0;
    for (let x = 1; x <= grid.width; x += 1) {
      const start = grid.cells[y * grid.width + from] ?? 0;
      if (x < grid.width && grid.cells[y * grid.width + x] === start) continue;
      if (start > 0) paint(start - 1, from, y, x - from);
      from = x;
    }
  }
}
