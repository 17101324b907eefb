// Field options, overrides and links out of JSON.
import { type Json, list, number, record, text } from "../../../api/decode";
import type { FieldColor, FieldOptions, Mapping, Override, PanelLink, Threshold, Thresholds } from "../types";

export function parseFieldOptions(json: Json): FieldOptions {
  return {
    unit: optional(json.unit),
    decimals: number(json.decimals),
    min: number(json.min),
    max: number(json.max),
    displayName: optional(json.displayName),
    noValue: optional(json.noValue),
    color: parseColor(record(json.color)),
    thresholds: json.thresholds === undefined ? undefined : parseThresholds(json.thresholds),
    mappings: parseMappings(json.mappings),
    links: parseLinks(json.links),
    custom: record(json.custom),
  };
}

export function parseColor(json: Json, usual?: string): FieldColor | undefined {
  const mode = text(json.mode, usual);
  if (mode === "") return undefined;
  const seriesBy = json.seriesBy === "min" || json.seriesBy === "max" ? json.seriesBy : undefined;
  return { mode, fixedColor: optional(json.fixedColor), ...(seriesBy === undefined ? {} : { seriesBy }) };
}

function optional(value: unknown): string | undefined {
  const found = text(value);
  return found === "" ? undefined : found;
}

/** The first step has no number and starts at minus infinity. */
export function parseThresholds(value: unknown): Thresholds {
  const json = record(value);
  const steps = list(json.steps).map((one, index): Threshold => {
    const step = record(one);
    const from = index === 0 ? undefined : number(step.value);
    return { value: from ?? Number.NEGATIVE_INFINITY, color: text(step.color, "green") };
  });
  steps.sort((a, b) => a.value - b.value);
  return { mode: json.mode === "percentage" ? "percentage" : "absolute", steps };
}

const MAPPINGS = ["value", "range", "regex", "special"] as const;

/** Mappings of today, and the old ones: type 1 a value to a text, type 2 a range to a text. */
export function parseMappings(value: unknown): Mapping[] {
  return list(value).flatMap((one): Mapping[] => {
    const json = record(one);
    const type = MAPPINGS.find((name) => name === json.type);
    if (type !== undefined) return [{ type, options: record(json.options) }];
    const result = { text: text(json.text) };
    const isRange = json.type === 2;
    // "null", or from "null" to "null": every single stat of old has that one, for what has no value.
    if ((isRange ? json.from : json.value) === "null") {
      return [{ type: "special", options: { match: "null", result } }];
    }
    if (isRange) return [{ type: "range", options: { from: json.from, to: json.to, result } }];
    if (json.type !== 1 && json.value === undefined) return [];
    return [{ type: "value", options: { [text(json.value)]: result } }];
  });
}

export function parseOverrides(value: unknown): Override[] {
  return list(value).map((one) => {
    const json = record(one);
    const matcher = record(json.matcher);
    return {
      matcher: text(matcher.id),
      argument: matcher.options,
      properties: list(json.properties).map((inner) => ({ id: text(record(inner).id), value: record(inner).value })),
    };
  });
}

export function parseLinks(value: unknown): PanelLink[] {
  return list(value).flatMap((one) => {
    const json = record(one);
    const url = text(json.url);
    if (url === "") return [];
    const link = { title: text(json.title), url, newTab: json.targetBlank === true };
    return [json.oneClick === true ? { ...link, oneClick: true } : link];
  });
}
