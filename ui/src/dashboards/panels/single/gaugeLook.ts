// How gauges are drawn, read from the panel's options. Pure.
import { type Json, number, record, text } from "../../../api/decode";

export interface GaugeLook {
  readonly shape: "gauge" | "circle";
  /** 0 to 1: breadth of the track. */
  readonly breadth: number;
  readonly rounded: boolean;
  readonly segments: number;
  readonly spacing: number;
  readonly gradient: boolean;
  readonly barGlow: boolean;
  readonly centerGlow: boolean;
  readonly endpoint: boolean;
  readonly sparkline: boolean;
  readonly markers: boolean;
  readonly labels: boolean;
  readonly titleSize: number | undefined;
  readonly valueSize: number | undefined;
}

export function gaugeLook(options: Json): GaugeLook {
  const effects = record(options.effects);
  const sizes = record(options.text);
  return {
    shape: options.shape === "circle" ? "circle" : "gauge",
    breadth: number(options.barWidthFactor) ?? 0.5,
    rounded: options.barShape === "rounded",
    segments: number(options.segmentCount) ?? 1,
    spacing: number(options.segmentSpacing) ?? 0.3,
    gradient: effects.gradient === true,
    barGlow: effects.barGlow === true,
    centerGlow: effects.centerGlow === true,
    endpoint: text(options.endpointMarker) === "point",
    sparkline: options.sparkline === true,
    markers: options.showThresholdMarkers !== false,
    labels: options.showThresholdLabels === true,
    titleSize: number(sizes.titleSize),
    valueSize: number(sizes.valueSize),
  };
}
