// The single number of old, as a stat, or as a gauge where it drew one.
import { type Json, list, record, text } from "../../../api/decode";
import { calcOf, oldMappings, stepsOf, withDefaults } from "./shared";

export function singleStat(json: Json): Json {
  const calc = text(json.valueName, "avg");
  const isColored = json.colorBackground === true || json.colorValue === true;
  const gauge = record(json.gauge);
  const isGauge = gauge.show === true;
  const column = text(json.tableColumn);
  const changed = withDefaults(
    json,
    {
      unit: json.format,
      decimals: json.decimals ?? undefined,
      noValue: json.nullText ?? undefined,
      min: isGauge ? gauge.minValue : undefined,
      max: isGauge ? gauge.maxValue : undefined,
      thresholds: {
        mode: "absolute",
        steps: isColored || isGauge ? stepsOf(json.thresholds, colorsOf(json)) : stepsOf("", []),
      },
      mappings: oldMappings(json),
    },
    [],
    {
      reduceOptions: {
        calcs: [calcOf(calc === "name" ? "current" : calc)],
        values: false,
        fields: column === "" ? "" : `/^${column.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$/`,
      },
      colorMode: json.colorBackground === true ? "background" : isColored ? "value" : "none",
      graphMode: record(json.sparkline).show === true ? "area" : "none",
      textMode: calc === "name" ? "name" : "value",
      showThresholdMarkers: gauge.thresholdMarkers !== false,
      showThresholdLabels: gauge.thresholdLabels === true,
    },
  );
  return isGauge ? { ...changed, type: "gauge" } : changed;
}

function colorsOf(json: Json): string[] {
  const own = list(json.colors).map((one) => text(one));
  return own.length === 0 ? ["green", "orange", "red"] : own;
}
