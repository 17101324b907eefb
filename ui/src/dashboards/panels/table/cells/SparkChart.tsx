// A series in a cell, with the figure that stands for it.
import { type ReactNode, useId } from "react";
import { plainValue, seriesIn } from "../../../data/frame";
import { seriesColor } from "../../../field/colors";
import { showValue } from "../../../field/show";
import type { Column } from "../columns";
import styles from "./cell.module.css";
import { sparkOf, sparkStrokes } from "./spark";

interface Props {
  column: Column;
  value: unknown;
  dark: boolean;
  width: number;
  height: number;
  /** Undefined: none. */
  words: ReactNode;
}

/** Cells have this much room on their sides, their words so much before the chart, and a chart is no narrower. */
const SIDES_PX = 24;
const WORDS_PX = 72;
const LEAST_PX = 30;
const ROOM_PX = 6;

export function SparkChart({ column, value, dark, width, height, words }: Props) {
  const fade = useId();
  const series = seriesIn(value);
  if (series === undefined) return words;
  const { config, bounds, look, place } = column;
  const color = showValue(plainValue(value), config, bounds, dark).color ?? seriesColor(place, dark);
  const size = {
    width: Math.max(LEAST_PX, width - SIDES_PX - (words === undefined ? 0 : WORDS_PX)),
    height: height - ROOM_PX,
  };
  const { line, area, bars, dots } = sparkOf(series, look.options, size, config);
  const strokes = sparkStrokes(look.options);
  return (
    <>
      {words !== undefined && <span className={styles.figure}>{words}</span>}
      <svg className={styles.spark} viewBox={`0 0 ${size.width} ${size.height}`} style={size} aria-hidden="true">
        {strokes.fades && (
          <linearGradient id={fade} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor={color} />
            <stop offset="1" stopColor={color} stopOpacity={0} />
          </linearGradient>
        )}
        {strokes.fill > 0 && <path d={area} fill={strokes.fades ? `url(#${fade})` : color} opacity={strokes.fill} />}
        <path d={line} fill="none" stroke={color} strokeWidth={strokes.line} strokeLinejoin="round" />
        {bars.map((one) => (
          <rect key={one.x} {...one} fill={color} />
        ))}
        {dots.map((one) => (
          <circle key={one.x} cx={one.x} cy={one.y} r={strokes.dots / 1.5} fill={color} />
        ))}
      </svg>
    </>
  );
}
