// How often each value occurs, over the whole range: bars over the buckets of an axis of values.
import { useMemo, useState } from "react";
import { number, record, text } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { reducerLabel, reduceValues } from "../../data/reducers";
import { formatValue } from "../../field/units";
import { legendPlace } from "../compute/legend";
import { NoData } from "../NoData";
import { PlacedLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { HistogramPlot } from "./HistogramPlot";
import { histogramOf } from "./histogram";

const NONE: ReadonlySet<string> = new Set();

export function HistogramPanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  const all = useMemo(
    () =>
      histogramOf(
        frames,
        {
          count: number(options.bucketCount),
          size: number(options.bucketSize),
          offset: number(options.bucketOffset),
          combine: options.combine === true,
        },
        dark,
        hues,
      ),
    [frames, options, dark, hues],
  );
  if (all === undefined || all.series.length === 0) return <NoData />;
  const legend = legendPlace(
    options.legend,
    width,
    height,
    all.series.map((one) => one.name),
  );
  const shown = { ...all, series: all.series.filter((one) => !hidden.has(one.name)) };
  return (
    <div className={panelStyles.withLegend} data-right={legend.side === "right"} data-testid="histogram">
      <HistogramPlot
        {...shown}
        width={width - (legend.side === "right" ? legend.px : 0)}
        height={height - (legend.side === "bottom" ? legend.px : 0)}
        tooltip={text(record(options.tooltip).mode, "multi")}
        pointed={pointed}
        dark={dark}
        lookup={lookup}
      />
      <PlacedLegend
        place={legend}
        columns={legend.calcs.map(reducerLabel)}
        entries={all.series.map(({ name, color, field }) => {
          const figures = legend.calcs.map((calc) => reduceValues(field.values, calc));
          return {
            name,
            color,
            figures: figures.map((one) => (typeof one === "number" ? one : undefined)),
            texts: figures.map((one) => (typeof one === "number" ? formatValue(one, field.config.unit) : "–")),
          };
        })}
        hidden={hidden}
        onHide={setHidden}
        onPoint={setPointed}
      />
    </div>
  );
}
