// The first heatmap's settings in the words of today's. Pure.
import { type Json, number, record, text } from "../../../api/decode";

const BOUNDS: Readonly<Record<string, string>> = { upper: "le", lower: "ge", middle: "unknown" };

export function heatOptions(json: Json): Json {
  const [axis, color, cards, tooltip] = [json.yAxis, json.color, json.cards, json.tooltip].map(record);
  const base = number(axis?.logBase) ?? 1;
  const buckets = (size: unknown, count: unknown) => {
    const given = number(size) ?? text(size);
    if (given !== "" && given !== 0) return { mode: "size", value: String(given) };
    return number(count) === undefined ? {} : { mode: "count", value: String(number(count)) };
  };
  const yBuckets = {
    ...buckets(json.yBucketSize, json.yBucketNumber),
    ...(base > 1 ? { scale: { type: "log", log: base }, value: String(number(axis?.splitFactor) ?? 1) } : {}),
  };
  return {
    calculate: json.dataFormat === "timeseries",
    calculation: { xBuckets: buckets(json.xBucketSize, json.xBucketNumber), yBuckets },
    rowsFrame: { layout: BOUNDS[text(json.yBucketBound)] ?? "auto" },
    yAxis: {
      unit: axis?.format,
      decimals: axis?.decimals ?? undefined,
      min: number(axis?.min),
      max: number(axis?.max),
      reverse: json.reverseYBuckets === true,
      axisPlacement: axis?.show === false ? "hidden" : "left",
    },
    color: {
      mode: color?.mode === "opacity" ? "opacity" : "scheme",
      scheme: text(color?.colorScheme, "Oranges").replace(/^interpolate/, ""),
      fill: text(color?.cardColor, "dark-orange"),
      scale: color?.colorScale === "linear" ? "linear" : "exponential",
      exponent: number(color?.exponent) ?? 0.5,
      min: number(color?.min),
      max: number(color?.max),
    },
    cellGap: number(cards?.cardPadding) ?? 2,
    cellRadius: number(cards?.cardRound) ?? 0,
    filterValues: json.hideZeroBuckets === false ? { le: -1e-9 } : {},
    legend: { show: record(json.legend).show === true },
    tooltip: { mode: tooltip?.show === false ? "none" : "single", yHistogram: tooltip?.showHistogram === true },
  };
}
