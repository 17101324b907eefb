// How often each value occurs, over all series of the range.
import { useMemo } from "react";
import { number } from "../../api/decode";
import { type DataFrame, makeField } from "../data/frame";
import { digits } from "../field/unitForms";
import { formatValue } from "../field/units";
import { BarChartPanel } from "./BarChartPanel";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";

const BUCKETS = 30;

export function HistogramPanel(props: PanelProps) {
  const { panel, frames } = props;
  const size = number(panel.options.bucketSize);
  const counted = useMemo(() => histogram(frames, size), [frames, size]);
  if (counted === undefined) return <NoData />;
  return <BarChartPanel {...props} frames={[counted]} />;
}

export function histogram(frames: readonly DataFrame[], asked: number | undefined): DataFrame | undefined {
  const fields = frames.flatMap((one) => one.fields).filter((one) => one.type === "number");
  const values = fields
    .flatMap((one) => [...one.values])
    .filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (values.length === 0) return undefined;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const step = asked !== undefined && asked > 0 && (high - low) / asked < 500 ? asked : (high - low) / BUCKETS || 1;
  const start = Math.floor(low / step) * step;
  const counts = new Array<number>(Math.floor((high - start) / step) + 1).fill(0);
  for (const value of values) {
    const index = Math.min(counts.length - 1, Math.floor((value - start) / step));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const unit = fields[0]?.config.unit;
  const names = counts.map((_, index) => {
    const at = start + index * step;
    return unit === undefined ? digits(at, undefined) : formatValue(at, unit);
  });
  return { refId: "A", fields: [makeField("Bucket", "string", names), makeField("Count", "number", counts)] };
}
