// Puts defaults and overrides onto the fields of frames. Later overrides win. Pure.
import { type Json, number, record, text, texts } from "../../api/decode";
import { type DataFrame, displayNames, type Field, NO_OPTIONS } from "../data/frame";
import { reduceValues } from "../data/reducers";
import { parseColor, parseLinks, parseMappings, parseThresholds } from "../model/parts/field";
import type { FieldOptions, Override } from "../model/types";
import { readPattern } from "../variables/options";

export function applyFieldOptions(
  frames: readonly DataFrame[],
  defaults: FieldOptions,
  overrides: readonly Override[],
): DataFrame[] {
  const started = frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => ({
      ...field,
      values: field.type === "frames" ? nestedWith(field.values, defaults, overrides) : field.values,
      config: withOwn(field.type === "time" ? timeOptions(defaults) : defaults, field.config),
    })),
  }));
  if (overrides.length === 0) return started;
  const names = displayNames(started);
  return started.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      let config = field.config;
      for (const override of overrides) {
        if (!isMatch(override, field, frame, names.get(field) ?? field.name)) continue;
        for (const property of override.properties) config = withProperty(config, property.id, property.value);
      }
      return { ...field, config };
    }),
  }));
}

/** Tables within rows are shown by the same options. */
function nestedWith(
  values: readonly unknown[],
  defaults: FieldOptions,
  overrides: readonly Override[],
): readonly unknown[] {
  return values.map((one) =>
    Array.isArray(one) ? applyFieldOptions(one as readonly DataFrame[], defaults, overrides) : one,
  );
}

/** What a transformation said of the field goes before what holds for all. */
function withOwn(defaults: FieldOptions, own: FieldOptions): FieldOptions {
  if (own === NO_OPTIONS) return defaults;
  const told = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...defaults, ...told, custom: { ...defaults.custom, ...own.custom } };
}

/** The unit of the values is not the unit of their times. */
function timeOptions(defaults: FieldOptions): FieldOptions {
  const { unit: _unit, displayName: _name, decimals: _decimals, ...rest } = defaults;
  return { ...rest, mappings: [] };
}

function isMatch(override: Override, field: Field, frame: DataFrame, shown: string): boolean {
  const argument = override.argument;
  switch (override.matcher) {
    case "byName":
      return typeof argument === "string" && [shown, field.name, field.legend, field.former].includes(argument);
    case "byNames": {
      const options = record(argument);
      const names = texts(options.names);
      const isIn = [shown, field.name, field.former].some((one) => one !== undefined && names.includes(one));
      return options.mode === "exclude" ? field.type !== "time" && !isIn : isIn;
    }
    case "byRegexp": {
      // A bare pattern is the whole name, one between slashes is found anywhere in it.
      const pattern = readPattern(text(argument));
      return pattern !== undefined && new RegExp(pattern.source, pattern.flags.replace("g", "")).test(shown);
    }
    case "byType":
      return argument === field.type;
    case "byFrameRefID":
    case "byQuery":
      return argument === frame.refId;
    case "byTypes":
      return texts(argument).includes(field.type);
    case "byValue":
      return field.type === "number" && isValue(field, record(argument));
    default:
      return false;
  }
}

const COMPARED: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

/** One figure of the field, such as its last value, against a number. */
function isValue(field: Field, { reducer, op, value }: Json): boolean {
  const figure = reduceValues(field.values, text(reducer, "lastNotNull"));
  if (typeof figure === "boolean") return figure;
  const limit = number(value);
  const compare = COMPARED[text(op)];
  return typeof figure === "number" && limit !== undefined && compare?.(figure, limit) === true;
}

function withProperty(config: FieldOptions, id: string, value: unknown): FieldOptions {
  if (id.startsWith("custom.")) return { ...config, custom: withPath(config.custom, id.slice(7).split("."), value) };
  switch (id) {
    case "unit":
    case "displayName":
    case "noValue":
      return { ...config, [id]: text(value) === "" ? undefined : text(value) };
    case "decimals":
    case "min":
    case "max":
      return { ...config, [id]: number(value) };
    case "color":
      return { ...config, color: parseColor(record(value), "fixed") };
    case "thresholds":
      return { ...config, thresholds: parseThresholds(value) };
    case "mappings":
      return { ...config, mappings: parseMappings(value) };
    case "links":
      return { ...config, links: parseLinks(value) };
    default:
      return config;
  }
}

function withPath(json: Json, path: readonly string[], value: unknown): Json {
  const [first, ...rest] = path;
  if (first === undefined) return json;
  return { ...json, [first]: rest.length === 0 ? value : withPath(record(json[first]), rest, value) };
}
