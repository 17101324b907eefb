// One group of bars a category: standing or lying, beside each other or stacked, with a legend and the links of their values.
import { type MouseEvent, useMemo, useState } from "react";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { tooltipRows } from "../../charts/plugins/tooltip";
import { useDark } from "../../ui/hooks/useDark";
import { valueText } from "../field/show";
import { BarPlot } from "./bars/BarPlot";
import { type Bars, barsOf, sharesOf } from "./bars/data";
import { type Bar, barAt, barLayout } from "./bars/layout";
import { barLook, fieldName } from "./bars/look";
import { legendPlace } from "./compute/legend";
import { ChartLinks, type Pinned } from "./links/ChartLinks";
import { filledLinks } from "./links/dataLinks";
import { pinOf } from "./links/pin";
import { NoData } from "./NoData";
import { PanelLegend } from "./PanelLegend";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";
import { drawnOf } from "./plot/drawn";
import { type TooltipLook, tooltipLook } from "./plot/tooltip";
import { type Point, Tip, type TipRow } from "./tip/Tip";

interface Pointed {
  readonly at: Point;
  readonly row: number;
  readonly bar: Bar | undefined;
}

export function BarChartPanel({ panel, frames, width, height, lookup }: PanelProps) {
  const { options } = panel;
  const dark = useDark();
  const hues = useServiceHues();
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const [named, setNamed] = useState<string>();
  const [pointed, setPointed] = useState<Pointed>();
  const [pinned, setPinned] = useState<Pinned>();
  const all = useMemo(() => {
    const wish = { xField: fieldName(options, "xField"), colorByField: fieldName(options, "colorByField") };
    return barsOf(frames, wish, dark, hues);
  }, [frames, options, dark, hues]);
  const hidden = useMemo(() => chosen ?? hiddenAtFirst(all), [chosen, all]);
  const legend = useMemo(() => {
    const names = (all?.series ?? []).filter((one) => !drawnOf(one.config).hidden.legend).map((one) => one.name);
    return legendPlace(options.legend, width, height, names);
  }, [all, options.legend, width, height]);
  const room = {
    width: width - (legend.side === "right" ? legend.px : 0),
    height: height - (legend.side === "bottom" ? legend.px : 0),
  };
  const look = useMemo(() => barLook(options, width, height), [options, width, height]);
  const layout = useMemo(() => {
    if (all === undefined) return undefined;
    const kept = { ...all, series: all.series.filter((one) => !hidden.has(one.name)) };
    return barLayout(look.stack === "percent" ? sharesOf(kept) : kept, look, room.width, room.height);
  }, [all, hidden, look, room.width, room.height]);
  if (all === undefined || layout === undefined) return <NoData text={panel.defaults.noValue} />;
  const tooltip = tooltipLook(options.tooltip);
  const find = (event: MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return barAt(layout, look.lying, event.clientX - box.left, event.clientY - box.top);
  };
  const pick = (event: MouseEvent) => {
    const source = linkedOf(find(event)?.bar);
    const box = event.currentTarget.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    setPinned(source === undefined ? undefined : pinOf(filledLinks(source, lookup), source.name, at));
  };
  return (
    <div className={styles.withLegend} data-right={legend.side === "right"} data-testid="barchart">
      <BarPlot
        layout={layout}
        look={look}
        {...room}
        dark={dark}
        label={`${panel.title}: ${all.categories.length} groups of bars`}
        pointed={pointed}
        named={named}
        onMove={(event) => {
          const found = find(event);
          setPointed(found === undefined ? undefined : { at: { x: event.clientX, y: event.clientY }, ...found });
        }}
        onLeave={() => setPointed(undefined)}
        onClick={pick}
      />
      {pointed !== undefined && tooltip.mode !== "none" && (
        <Tip at={pointed.at} head={all.categories[pointed.row] ?? ""} rows={rowsOf(all, hidden, pointed, tooltip)} />
      )}
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
      {legend.side !== "none" && (
        <PanelLegend place={legend} series={all.series} hidden={hidden} onHide={setChosen} onPoint={setNamed} />
      )}
    </div>
  );
}

/** Series that the panel hides from the chart alone: their names in the legend bring them back. */
function hiddenAtFirst(bars: Bars | undefined): ReadonlySet<string> {
  return new Set((bars?.series ?? []).filter((one) => drawnOf(one.config).hidden.viz).map((one) => one.name));
}

function rowsOf(all: Bars, hidden: ReadonlySet<string>, { row, bar }: Pointed, look: TooltipLook): TipRow[] {
  const rows = all.series.flatMap((one) => {
    const value = one.values[row] ?? null;
    const near = one.name === bar?.series.name;
    if (value === null || hidden.has(one.name) || drawnOf(one.config).hidden.tooltip) return [];
    if ((look.mode === "single" && !near) || (look.hideZeros && value === 0)) return [];
    const color = one.colors?.[row] || one.color;
    return [{ name: one.name, color, value, near, text: valueText(value, one.config) }];
  });
  return tooltipRows(rows, look.order).shown;
}

/** The value of a bar, as its links tell of it. */
function linkedOf(bar: Bar | undefined) {
  const source = bar?.series.from[bar.row];
  if (source === undefined || bar === undefined) return undefined;
  const value = source.field.values[source.row];
  const words = typeof value === "number" ? valueText(value, source.field.config) : "";
  return { ...source, value, words, name: bar.series.name };
}
