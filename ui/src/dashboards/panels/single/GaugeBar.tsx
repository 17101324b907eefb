// One bar of a bar gauge with its name and its number.
import { smallText } from "../../field/colors";
import { valueColor } from "../../field/show";
import type { Reduced } from "../compute/reduced";
import type { BarLook } from "./barGauge";
import { shareOf } from "./dial";
import styles from "./single.module.css";

const CELLS = 30;
/** Numbers of this size and above are no small text. */
const LARGE_PX = 18;

interface Props {
  one: Reduced;
  look: BarLook;
  dark: boolean;
  mode: string;
  /** The number has the colour of its value. */
  colored: boolean;
  unfilled: boolean;
}

export function GaugeBar({ one, look, dark, mode, colored, unfilled }: Props) {
  const share = typeof one.value === "number" && Number.isFinite(one.value) ? shareOf(one.value, one.bounds) : 0;
  const color = one.shown.color ?? one.color;
  const name = look.name !== "hidden" && (
    <span
      className={styles.barName}
      style={{ fontSize: look.namePx, ...(look.name === "left" ? { width: look.nameWidth } : {}) }}
      title={one.name}
    >
      {one.name}
    </span>
  );
  const value = look.valuePx > 0 && (
    <span
      className={styles.barValue}
      style={{
        fontSize: look.valuePx,
        color: !colored ? "var(--text)" : look.valuePx < LARGE_PX ? smallText(color) : color,
        ...(look.lying ? { width: look.valueWidth } : {}),
      }}
    >
      {one.words}
    </span>
  );
  const track = (
    <span className={styles.barTrack} data-unfilled={unfilled} data-cells={mode === "lcd"}>
      {mode === "lcd" ? (
        <Cells one={one} share={share} dark={dark} unfilled={unfilled} />
      ) : (
        <Fill share={share} color={color} lying={look.lying} gradient={mode === "gradient"} />
      )}
    </span>
  );
  if (!look.lying) {
    return (
      <div className={styles.bar} style={look.box} data-name={look.name} title={`${one.name}: ${one.words}`}>
        {value}
        {track}
        {name}
      </div>
    );
  }
  return (
    <div className={styles.bar} style={look.box} data-name={look.name} title={`${one.name}: ${one.words}`}>
      {name}
      <span className={styles.barRow}>
        {track}
        {value}
      </span>
    </div>
  );
}

interface FillProps {
  share: number;
  color: string;
  lying: boolean;
  gradient: boolean;
}

function Fill({ share, color, lying, gradient }: FillProps) {
  const background = gradient
    ? `linear-gradient(${lying ? "90deg" : "0deg"}, color-mix(in srgb, ${color} 30%, transparent), ${color})`
    : color;
  const size = `${share * 100}%`;
  return <span className={styles.barFill} style={{ background, ...(lying ? { width: size } : { height: size }) }} />;
}

function Cells({ one, share, dark, unfilled }: { one: Reduced; share: number; dark: boolean; unfilled: boolean }) {
  const { min, max } = one.bounds;
  return (
    <>
      {Array.from({ length: CELLS }, (_, index) => {
        const at = (index + 0.5) / CELLS;
        const color = valueColor(min + at * (max - min), one.config, one.bounds, dark) ?? one.color;
        const rest = unfilled ? `color-mix(in srgb, ${color} 16%, var(--raised))` : "transparent";
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: cells never move
          <span key={index} className={styles.barCell} style={{ background: at <= share ? color : rest }} />
        );
      })}
    </>
  );
}
