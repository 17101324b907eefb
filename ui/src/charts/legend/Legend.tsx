// The legend of Explore's charts: last, mean and max of each series, the highest first.
import { useMemo } from "react";
import type { ChartSeries } from "../options";
import { seriesStats } from "../seriesStats";
import { LegendTable } from "./LegendTable";

interface Props {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  format: (value: number) => string;
  maxHeight: number;
  onHide: (hidden: ReadonlySet<string>) => void;
  onPoint: (name: string | undefined) => void;
}

const COLUMNS = ["last", "mean", "max"];
const HIGHEST_FIRST = { by: 2, down: true };

export function Legend({ series, hidden, format, maxHeight, onHide, onPoint }: Props) {
  const entries = useMemo(
    () =>
      series.map(({ name, color, values }) => {
        const { last, mean, max } = seriesStats(values);
        const figures = [last, mean, max];
        return { name, color, figures, texts: figures.map((one) => (one === undefined ? "–" : format(one))) };
      }),
    [series, format],
  );
  return (
    <LegendTable
      mode="table"
      columns={COLUMNS}
      entries={entries}
      title={`${series.length} series`}
      sort={HIGHEST_FIRST}
      columnPx={110}
      style={{ maxHeight }}
      hidden={hidden}
      onHide={onHide}
      onPoint={onPoint}
      testId="legend"
    />
  );
}
