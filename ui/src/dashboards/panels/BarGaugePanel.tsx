// One bar a value, lying or standing, plain, with a gradient, or of cells.
import { text } from "../../api/decode";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { useDark } from "../../ui/useDark";
import { smallText } from "../field/colors";
import { shownText, valueColor } from "../field/show";
import { type Reduced, reduceFrames } from "./compute/reduced";
import { filledLinks } from "./links/dataLinks";
import { LinkedBox } from "./links/LinkedBox";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const CELLS = 30;
/** A narrower panel has its names over the bars: beside them nothing would be left. */
const NARROW_PX = 260;

export function BarGaugePanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const all = reduceFrames(frames, panel.options, dark, hues);
  if (all.length === 0) return <NoData />;
  const asked = text(panel.options.orientation, "auto");
  const lying = asked === "horizontal" || (asked === "auto" && width > height * 1.2);
  const mode = text(panel.options.displayMode, "gradient");
  return (
    <div className={styles.bars} data-lying={lying} data-narrow={lying && width < NARROW_PX} data-testid="bargauge">
      {all.map((one) => (
        <div key={one.key} className={styles.bar}>
          <LinkedBox links={filledLinks(one, lookup)} className={styles.barName} style={{ alignItems: "center" }}>
            <span className={styles.barName} title={one.name}>
              {one.name}
            </span>
          </LinkedBox>
          <span className={styles.barTrack}>
            {mode === "lcd" ? (
              <Cells one={one} dark={dark} />
            ) : (
              <Fill one={one} lying={lying} gradient={mode === "gradient"} />
            )}
          </span>
          <span className={styles.barValue} style={{ color: smallText(one.shown.color) }}>
            {shownText(one.shown)}
          </span>
        </div>
      ))}
    </div>
  );
}

function shareOf(one: Reduced): number {
  const { min, max } = one.bounds;
  return typeof one.value === "number" ? Math.max(0, Math.min(1, (one.value - min) / (max - min))) : 0;
}

function Fill({ one, lying, gradient }: { one: Reduced; lying: boolean; gradient: boolean }) {
  const color = one.shown.color ?? one.color;
  const background = gradient
    ? `linear-gradient(${lying ? "90deg" : "0deg"}, color-mix(in srgb, ${color} 30%, transparent), ${color})`
    : color;
  const size = `${shareOf(one) * 100}%`;
  return <span className={styles.barFill} style={{ background, ...(lying ? { width: size } : { height: size }) }} />;
}

function Cells({ one, dark }: { one: Reduced; dark: boolean }) {
  const share = shareOf(one);
  const { min, max } = one.bounds;
  return (
    <>
      {Array.from({ length: CELLS }, (_, index) => {
        const at = (index + 0.5) / CELLS;
        const color = valueColor(min + at * (max - min), one.config, one.bounds, dark) ?? one.color;
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: cells never move
            key={index}
            className={styles.barCell}
            style={{ background: at <= share ? color : "var(--raised)" }}
          />
        );
      })}
    </>
  );
}
