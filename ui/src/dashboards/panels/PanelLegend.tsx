// A panel's legend: names, or a table of names and reductions, as the panel's options say.
import { useMemo } from "react";
import { type LegendEntry, type LegendSort, LegendTable } from "../../charts/legend/LegendTable";
import { useTurn } from "../../ui/hooks/turns";
import { reducerLabel, reduceValues } from "../data/reducers";
import { valueText } from "../field/show";
import { FIGURE_PX, type LegendPlace } from "./compute/legend";
import type { PanelSeries } from "./compute/series";
import { drawnOf } from "./plot/drawn";

interface LegendProps {
  place: LegendPlace;
  columns: readonly string[];
  entries: readonly LegendEntry[];
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
  onPoint?: (name: string | undefined) => void;
}

/** The legend of any panel, at its place. */
export function PlacedLegend({ place, columns, entries, hidden, onHide, onPoint = ignore }: LegendProps) {
  if (place.side === "none") return null;
  const size = place.side === "right" ? { width: place.px, flexFlow: "column nowrap" } : { height: place.px };
  return (
    <LegendTable
      mode={place.mode}
      columns={columns}
      entries={entries}
      limit={place.limit}
      title="Name"
      sort={sortOf(place, columns)}
      columnPx={FIGURE_PX}
      style={{ flex: "none", ...size }}
      hidden={hidden}
      onHide={onHide}
      onPoint={onPoint}
      testId="panel-legend"
    />
  );
}

const ignore = () => undefined;

interface Props extends Omit<LegendProps, "columns" | "entries"> {
  series: readonly PanelSeries[];
}

/** The legend of values over time, after its chart: where the page is scrolled each has a frame of its own. */
export function PanelLegend(props: Props) {
  const { side, px } = props.place;
  if (useTurn()) return <SeriesLegend {...props} />;
  return <div style={{ flex: "none", ...(side === "right" ? { width: px } : { height: px }) }} />;
}

/** Each series with its reductions. */
function SeriesLegend({ series, ...rest }: Props) {
  const { calcs } = rest.place;
  const columns = useMemo(() => calcs.map(reducerLabel), [calcs]);
  const entries = useMemo(
    () =>
      series.filter(isInLegend).map((one) => {
        const values = calcs.map((id) => reduceValues(one.values, id));
        return {
          name: one.name,
          color: one.color,
          figures: values.map((value) => (typeof value === "number" ? value : undefined)),
          texts: values.map((value) => figureText(value, one)),
        };
      }),
    [series, calcs],
  );
  return <PlacedLegend {...rest} columns={columns} entries={entries} />;
}

function isInLegend(one: PanelSeries): boolean {
  return !drawnOf(one.config).hidden.legend;
}

function figureText(value: unknown, one: PanelSeries): string {
  if (typeof value === "number") return valueText(value, one.config);
  return value === null || value === undefined ? "–" : String(value);
}

/** The stored order names a column by the words over it, with or without the mark of "not null". */
function sortOf(place: LegendPlace, columns: readonly string[]): LegendSort | undefined {
  const wanted = place.sortBy.replace(/ \*$/, "");
  if (wanted === "Name") return { by: -1, down: place.sortDown };
  const by = columns.findIndex((one) => one.replace(/ \*$/, "") === wanted);
  return by < 0 ? undefined : { by, down: place.sortDown };
}
