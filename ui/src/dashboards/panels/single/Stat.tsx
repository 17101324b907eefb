// One big number with its name, how much it changed, and a small line of how it came to be.
import type { CSSProperties } from "react";
import { readableOn, sizedText } from "../../field/colors";
import type { Change } from "../compute/change";
import type { Reduced } from "../compute/reduced";
import { sparkArea } from "../compute/spark";
import styles from "./single.module.css";
import type { StatLook } from "./stat";

interface Props {
  one: Reduced;
  look: StatLook;
  named: boolean;
  valued: boolean;
  colorMode: string;
  centered: boolean;
  change: Change | undefined;
  /** Pixels; undefined: as fits. */
  changeSize: number | undefined;
}

export function Stat({ one, look, named, valued, colorMode, centered, change, changeSize }: Props) {
  const color = one.shown.color ?? one.color;
  const filled = colorMode.startsWith("background") && color !== "transparent";
  const ink = filled ? readableOn(color) : colorMode === "none" || color === "transparent" ? "var(--text)" : color;
  const inkAt = (px: number) => (filled ? ink : sizedText(ink, px));
  const suffixPx = Math.max(10, look.valuePx * 0.6);
  const ground: CSSProperties = !filled
    ? {}
    : {
        background:
          colorMode === "background_solid"
            ? color
            : `linear-gradient(120deg, ${color}, color-mix(in oklab, ${color} 84%, #000))`,
        color: ink,
      };
  return (
    <div
      className={styles.stat}
      style={{ ...ground, paddingBottom: look.graphPx * (look.beside ? 0.6 : 0.75) }}
      data-beside={look.beside}
      data-centered={centered}
      data-testid="stat"
    >
      {look.graphPx > 0 && <Line history={one.history} height={look.graphPx} color={filled ? ink : color} />}
      {named && (
        <div className={styles.statName} style={{ fontSize: look.titlePx }} title={one.name}>
          {one.name}
        </div>
      )}
      {valued && (
        <div className={styles.statFigures}>
          <div className={styles.statValue} style={{ fontSize: look.valuePx, color: inkAt(look.valuePx) }}>
            {one.shown.prefix}
            {one.shown.text}
            <span style={{ fontSize: suffixPx, color: inkAt(suffixPx) }}>{one.shown.suffix}</span>
          </div>
          {change !== undefined && (
            <div
              className={styles.statChange}
              style={{
                fontSize: changeSize ?? Math.max(11, look.valuePx * 0.32),
                color: filled || change.tone === "" ? "inherit" : `var(--${change.tone}-text)`,
              }}
              data-testid="stat-change"
            >
              {change.text}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Line({ history, height, color }: { history: Reduced["history"]; height: number; color: string }) {
  return (
    <svg
      className={styles.statGraph}
      style={{ height }}
      viewBox="0 0 100 30"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={sparkArea(history, 100, 30)} fill={color} opacity={0.18} />
      <path
        d={sparkArea(history, 100, 30, false)}
        fill="none"
        stroke={color}
        strokeWidth={1.4}
        vectorEffect="non-scaling-stroke"
        opacity={0.8}
      />
    </svg>
  );
}
