// One dial: the track, the bar to the value, marks of thresholds around it, and the words inside.
import { useId } from "react";
import { readableOn, sizedText } from "../../field/colors";
import { formatValue } from "../../field/units";
import type { Reduced } from "../compute/reduced";
import { sparkArea } from "../compute/spark";
import {
  arcPath,
  barPieces,
  type Dial,
  gradientOf,
  LABEL_RADIUS,
  MARK_RADIUS,
  type Mark,
  pointOn,
  shareOf,
  thresholdMarks,
} from "./dial";
import { fitText } from "./fit";
import type { GaugeLook } from "./gaugeLook";
import styles from "./single.module.css";

interface Props {
  one: Reduced;
  dark: boolean;
  dial: Dial;
  look: GaugeLook;
  named: boolean;
  valued: boolean;
  /** Pixels of the whole box. */
  height: number;
}

const MARK_PX = 4;
const MOST_NAME_PX = 18;

export function Gauge({ one, dark, dial, look, named, valued, height }: Props) {
  const glow = useId();
  const color = one.shown.color ?? one.color;
  const value = typeof one.value === "number" && Number.isFinite(one.value) ? one.value : undefined;
  const share = value === undefined ? undefined : shareOf(value, one.bounds);
  const { neutral } = one.config.custom;
  const pieces = barPieces({
    share,
    from: typeof neutral === "number" ? shareOf(neutral, one.bounds) : 0,
    color,
    segments: look.segments,
    spacing: look.spacing,
    colorAt: look.gradient ? gradientOf(one.config, one.bounds, color, dark) : undefined,
  });
  const marks = look.markers || look.labels ? thresholdMarks(one.config, one.bounds, dark) : [];
  const namePx = named ? (look.titleSize ?? Math.max(11, Math.min(MOST_NAME_PX, height * 0.11))) : 0;
  const cap = look.rounded && look.segments <= 1 ? "round" : "butt";
  const { box } = dial;
  return (
    <div className={styles.gauge} data-testid="gauge">
      <svg
        viewBox={`${box.x} ${box.y} ${box.w} ${box.h}`}
        style={{ height: Math.max(20, height - namePx * 1.4) }}
        role="img"
        aria-label={`${one.name}: ${one.words}`}
      >
        {look.barGlow && (
          <filter id={glow} x="-30%" y="-30%" width="160%" height="160%">
            <feGaussianBlur stdDeviation={dial.breadth / 3} />
          </filter>
        )}
        {look.centerGlow && <Center id={`${glow}c`} radius={dial.inner} color={color} />}
        {look.segments <= 1 && (
          <path
            d={arcPath(dial, 0, 1)}
            fill="none"
            stroke="var(--raised)"
            strokeWidth={dial.breadth}
            strokeLinecap={cap}
          />
        )}
        {look.barGlow && share !== undefined && (
          <path
            d={arcPath(dial, 0, share)}
            fill="none"
            stroke={color}
            strokeWidth={dial.breadth}
            opacity={0.55}
            filter={`url(#${glow})`}
          />
        )}
        {pieces.map((piece, index) => (
          <path
            key={piece.from}
            d={arcPath(dial, piece.from, piece.to)}
            fill="none"
            stroke={piece.color ?? "var(--raised)"}
            strokeWidth={dial.breadth}
            strokeLinecap={pieces.length === 1 || index === 0 || index === pieces.length - 1 ? cap : "butt"}
          />
        ))}
        {look.endpoint && share !== undefined && share > 0 && (
          <circle {...centerOf(dial, share)} r={dial.breadth * 0.22} fill={readableOn(color)} />
        )}
        {look.markers &&
          marks.map((mark) => (
            <path
              key={mark.from}
              d={arcPath(dial, mark.from, mark.to, MARK_RADIUS)}
              fill="none"
              stroke={mark.color}
              strokeWidth={MARK_PX}
            />
          ))}
        {look.labels && marks.map((mark) => <Label key={mark.from} mark={mark} dial={dial} one={one} />)}
        {valued && <Words one={one} dial={dial} look={look} color={color} />}
        {look.sparkline && one.history.filter((two) => two !== null).length > 1 && (
          <svg
            x={-dial.inner * 0.55}
            y={dial.inner * 0.3}
            width={dial.inner * 1.1}
            height={dial.inner * 0.34}
            viewBox="0 0 100 30"
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <path d={sparkArea(one.history, 100, 30)} fill={color} opacity={0.2} />
            <path
              d={sparkArea(one.history, 100, 30, false)}
              fill="none"
              stroke={color}
              vectorEffect="non-scaling-stroke"
            />
          </svg>
        )}
      </svg>
      {named && (
        <div className={styles.gaugeName} style={{ fontSize: namePx }} title={one.name}>
          {one.name}
        </div>
      )}
    </div>
  );
}

function centerOf(dial: Dial, share: number): { cx: number; cy: number } {
  const { x, y } = pointOn(dial, share, dial.radius);
  return { cx: x, cy: y };
}

interface WordsProps {
  one: Reduced;
  dial: Dial;
  look: GaugeLook;
  color: string;
}

function Words({ one, dial, look, color }: WordsProps) {
  const most = dial.inner * 0.56;
  const size =
    look.valueSize === undefined ? fitText([one.words], dial.inner * 1.62, most) : Math.min(look.valueSize, most * 1.6);
  const ink = (px: number) => (color === "transparent" ? "var(--text)" : sizedText(color, px));
  const y = look.sparkline ? -dial.inner * 0.02 : dial.sweep === 360 ? size * 0.35 : size * 0.35 + dial.inner * 0.08;
  return (
    <text y={y} textAnchor="middle" fontSize={size} fontWeight={600} fill={ink(size)}>
      {one.shown.prefix}
      {one.shown.text}
      <tspan fontSize={size * 0.72} fill={ink(size * 0.72)}>
        {one.shown.suffix}
      </tspan>
    </text>
  );
}

function Label({ mark, dial, one }: { mark: Mark; dial: Dial; one: Reduced }) {
  if (mark.value === undefined) return null;
  const { x, y } = pointOn(dial, mark.from, LABEL_RADIUS);
  const anchor = Math.abs(x) < 12 ? "middle" : x < 0 ? "end" : "start";
  return (
    <text x={x} y={y + 4} textAnchor={anchor} fontSize={11} fill="var(--muted)">
      {formatValue(mark.value, one.config.unit, one.config.decimals)}
    </text>
  );
}

function Center({ id, radius, color }: { id: string; radius: number; color: string }) {
  return (
    <>
      <radialGradient id={id}>
        <stop offset="0" stopColor={color} stopOpacity={0.32} />
        <stop offset="1" stopColor={color} stopOpacity={0} />
      </radialGradient>
      <circle r={radius} fill={`url(#${id})`} />
    </>
  );
}
