// Dials from the lowest to the highest value, coloured by thresholds.
import { number, text } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { reduceFrames } from "../compute/reduced";
import { filledLinks } from "../links/dataLinks";
import { LinkedBox } from "../links/LinkedBox";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import { dialOf } from "./dial";
import { gridOf } from "./fit";
import { Gauge } from "./Gauge";
import { gaugeLook } from "./gaugeLook";
import styles from "./single.module.css";

const GAP_PX = 6;
/** What a dial is at least given where its size is not left to the panel. */
const USUAL_LEAST_PX = 75;

export function GaugePanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const all = reduceFrames(frames, options, dark, hues);
  if (all.length === 0) return <NoData />;
  const look = gaugeLook(options);
  const dial = dialOf(look.shape, look.breadth, look.labels);
  const mode = text(options.textMode, "auto");
  const named = mode === "name" || mode === "value_and_name" || (mode === "auto" && all.length > 1);
  const grid = gridOf(all.length, width, height, text(options.orientation, "auto"), dial.box.w / dial.box.h);
  const isManual = options.sizing === "manual";
  const least = {
    width: isManual ? (number(options.minVizWidth) ?? USUAL_LEAST_PX) : 0,
    height: isManual ? (number(options.minVizHeight) ?? USUAL_LEAST_PX) : 0,
  };
  const box = Math.max(least.height, (height - 8) / grid.rows - GAP_PX);
  return (
    <div
      className={styles.cells}
      style={{
        gridTemplateColumns: `repeat(${grid.columns}, minmax(${least.width}px, 1fr))`,
        gridAutoRows: `minmax(${least.height}px, 1fr)`,
      }}
    >
      {all.map((one) => (
        <LinkedBox key={one.key} links={filledLinks(one, lookup)}>
          <Gauge
            one={one}
            dark={dark}
            dial={dial}
            look={look}
            named={named}
            valued={mode !== "name" && mode !== "none"}
            height={box}
          />
        </LinkedBox>
      ))}
    </div>
  );
}
