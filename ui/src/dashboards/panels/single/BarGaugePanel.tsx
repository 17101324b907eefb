// One bar a value, lying or standing, plain, with a gradient, or of cells.
import { useState } from "react";
import { number, record, text } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { legendPlace } from "../compute/legend";
import { reduceFrames } from "../compute/reduced";
import { filledLinks } from "../links/dataLinks";
import { LinkedBox } from "../links/LinkedBox";
import { NoData } from "../NoData";
import { PlacedLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { barLook } from "./barGauge";
import { GaugeBar } from "./GaugeBar";
import styles from "./single.module.css";

const NONE: ReadonlySet<string> = new Set();

export function BarGaugePanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const [hidden, setHidden] = useState(NONE);
  const { options } = panel;
  const all = reduceFrames(frames, options, dark, hues);
  if (all.length === 0) return <NoData />;
  const shown = all.filter((one) => !hidden.has(one.name));
  const legend = legendPlace(
    { showLegend: false, ...record(options.legend) },
    width,
    height,
    all.map((one) => one.name),
  );
  const room = {
    width: width - (legend.side === "right" ? legend.px : 0),
    height: height - (legend.side === "bottom" ? legend.px : 0),
  };
  const sizes = record(options.text);
  const look = barLook({
    ...room,
    names: shown.map((one) => one.name),
    values: shown.map((one) => one.words),
    orientation: text(options.orientation, "auto"),
    namePlacement: text(options.namePlacement, "auto"),
    manual: options.sizing === "manual",
    minWidth: number(options.minVizWidth),
    minHeight: number(options.minVizHeight),
    maxHeight: number(options.maxVizHeight),
    valued: options.valueMode !== "hidden",
    titleSize: number(sizes.titleSize),
    valueSize: number(sizes.valueSize),
  });
  return (
    <div className={panelStyles.withLegend} data-right={legend.side === "right"}>
      <div className={styles.bars} style={room} data-lying={look.lying} data-testid="bargauge">
        {shown.map((one) => (
          <LinkedBox key={one.key} links={filledLinks(one, lookup)} style={look.box}>
            <GaugeBar
              one={one}
              look={look}
              dark={dark}
              mode={text(options.displayMode, "gradient")}
              colored={text(options.valueMode, "color") === "color"}
              unfilled={options.showUnfilled !== false}
            />
          </LinkedBox>
        ))}
      </div>
      <PlacedLegend
        place={legend}
        columns={[]}
        entries={all.map((one) => ({ name: one.name, color: one.shown.color ?? one.color, figures: [], texts: [] }))}
        hidden={hidden}
        onHide={setHidden}
      />
    </div>
  );
}
