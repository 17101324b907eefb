// The cells of a heatmap on a canvas, drawn anew when they or their look change.
import { useEffect, useRef } from "react";
import { type Paint, paintHeat } from "./paintHeat";

interface Props extends Paint {
  title: string;
}

export function HeatCells({ title, ...paint }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { heat, look, palette, low, high, range, width, height } = paint;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (element === null || context === null || context === undefined) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    paintHeat(context, { heat, look, palette, low, high, range, width, height });
  }, [heat, look, palette, low, high, range, width, height]);
  return (
    <canvas
      ref={canvas}
      style={{ width, height }}
      role="img"
      aria-label={`${title}: heatmap of ${heat.rows.length} buckets`}
    />
  );
}
