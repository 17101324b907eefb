// One bar of a histogram: filled as the field says, plainly, fading downwards, or in the colour of its bucket.
import { useId } from "react";
import { number } from "../../../api/decode";
import { boundsOf, valueColor } from "../../field/show";
import type { HistogramSeries } from "./histogram";

interface Props {
  one: HistogramSeries;
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Middle of the bucket. */
  middle: number;
  dark: boolean;
}

const USUAL_FILL = 80;

export function HistogramBar({ one, box, middle, dark }: Props) {
  const id = useId();
  const { custom } = one.config;
  const fill = Math.max(0, Math.min(100, number(custom.fillOpacity) ?? USUAL_FILL)) / 100;
  const mode = custom.gradientMode;
  const own =
    mode === "scheme"
      ? (valueColor(middle, one.config, boundsOf(one.field.values, one.config), dark) ?? one.color)
      : one.color;
  const isFading = mode === "opacity" || mode === "hue";
  const end = mode === "hue" ? `oklch(from ${own} l c calc(h + 40))` : own;
  return (
    <>
      {isFading && (
        <linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor={own} stopOpacity={fill} />
          <stop offset="1" stopColor={end} stopOpacity={mode === "hue" ? fill : 0.05} />
        </linearGradient>
      )}
      <rect
        {...box}
        fill={isFading ? `url(#${id})` : own}
        fillOpacity={isFading ? 1 : fill}
        stroke={own}
        strokeWidth={Math.min(10, number(custom.lineWidth) ?? 1)}
      />
    </>
  );
}
