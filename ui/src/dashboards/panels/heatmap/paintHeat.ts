// Draws the cells of a heatmap on a canvas, and numbers into them where they are asked for and have room.
import type { Range } from "../../../time/range";
import { textEm } from "../single/fit";
import type { Heat } from "./heat";
import { stepOf } from "./heatColors";
import { countText, type HeatLook } from "./heatLook";

export interface Paint {
  readonly heat: Heat;
  readonly look: HeatLook;
  readonly palette: readonly string[];
  readonly low: number;
  readonly high: number;
  readonly range: Range;
  readonly width: number;
  readonly height: number;
}

const WORD_PX = 11;

export function paintHeat(context: CanvasRenderingContext2D, paint: Paint): void {
  const { heat, look, palette, low, high, range, width, height } = paint;
  context.clearRect(0, 0, width, height);
  const scale = width / (range.to - range.from);
  const rowHeight = height / heat.rows.length;
  // Where cells are a few pixels small, a gap would be all that is seen.
  const gapX = heat.columnMs * scale > look.gap * 3 ? look.gap : 0;
  const gapY = rowHeight > look.gap * 3 ? look.gap : 0;
  const size = { w: Math.max(1, heat.columnMs * scale - gapX), h: Math.max(1, rowHeight - gapY) };
  const radius = Math.min(look.radius, size.w / 2, size.h / 2);
  context.font = `${WORD_PX}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  heat.cells.forEach((row, index) => {
    const place = look.reverse ? index : heat.rows.length - 1 - index;
    const y = place * rowHeight + gapY / 2;
    row.forEach((value, column) => {
      if (value === null) return;
      const x = ((heat.starts[column] ?? 0) - range.from) * scale + gapX / 2;
      if (x + size.w < 0 || x > width) return;
      const color = palette[stepOf(value, low, high, palette.length)] ?? "transparent";
      context.fillStyle = color;
      if (radius > 0) {
        context.beginPath();
        context.roundRect(x, y, size.w, size.h, radius);
        context.fill();
      } else context.fillRect(x, y, size.w, size.h);
      if (look.showValue === "never") return;
      const words = countText(value, look);
      const fits = size.h > WORD_PX + 2 && textEm(words) * WORD_PX < size.w - 2;
      if (look.showValue === "auto" && !fits) return;
      context.fillStyle = inkOn(color, context);
      context.fillText(words, x + size.w / 2, y + size.h / 2);
    });
  });
}

const inks = new Map<string, string>();

/** Black or white by how light a colour is; of one that lets the ground through, the colour of text. */
function inkOn(color: string, context: CanvasRenderingContext2D): string {
  const known = inks.get(color);
  if (known !== undefined) return known;
  const hex = /^#([0-9a-f]{6})$/.exec(color)?.[1];
  if (hex === undefined) return getComputedStyle(context.canvas).color;
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => (Number.parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
  const ink = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#0f1115" : "#ffffff";
  inks.set(color, ink);
  return ink;
}
