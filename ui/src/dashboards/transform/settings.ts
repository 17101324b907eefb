// Settings of fields out of what a query answers: limits, units, names and colours that live beside the values. Pure.
import { list, number, record, text } from "../../api/decode";
import { type DataFrame, displayNames, type Field } from "../data/frame";
import { reduceValues } from "../data/reducers";
import type { FieldOptions, Mapping } from "../model/types";
import type { Step } from "./transform";

type Handler = (config: FieldOptions, value: unknown) => FieldOptions;

const figure =
  (name: "min" | "max" | "decimals"): Handler =>
  (config, value) => ({ ...config, [name]: number(value) ?? config[name] });

const HANDLERS: Readonly<Record<string, Handler>> = {
  min: figure("min"),
  max: figure("max"),
  decimals: figure("decimals"),
  unit: (config, value) => ({ ...config, unit: text(value) || config.unit }),
  displayname: (config, value) => ({ ...config, displayName: text(value) || config.displayName }),
  novalue: (config, value) => ({ ...config, noValue: text(value) || config.noValue }),
  color: (config, value) =>
    text(value) === "" ? config : { ...config, color: { mode: "fixed", fixedColor: text(value) } },
  threshold1: (config, value) => {
    const at = number(value);
    if (at === undefined) return config;
    const before = config.thresholds?.steps ?? [{ value: Number.NEGATIVE_INFINITY, color: "green" }];
    return { ...config, thresholds: { mode: "absolute", steps: [...before, { value: at, color: "red" }] } };
  },
};

/** Handlers by their names as options write them, and as columns may be called. */
function handlerOf(key: string): Handler | undefined {
  return HANDLERS[key.toLowerCase().replaceAll(/[^a-z0-9]/g, "")];
}

/** The answer of one query settles how the fields of the others are shown; its own table goes. */
export const configFromData: Step = (frames, options) => {
  const source = frames.find((one) => one.refId === text(options.configRefId, "config"));
  if (source === undefined) return [...frames];
  const change = settingsOf(source, list(options.mappings).map(record));
  const applies = targetOf(record(options.applyTo), frames);
  return frames
    .filter((one) => one !== source)
    .map((frame) => ({
      ...frame,
      fields: frame.fields.map((one) => (applies(one, frame) ? { ...one, config: change(one.config) } : one)),
    }));
};

function settingsOf(
  source: DataFrame,
  mappings: readonly Readonly<Record<string, unknown>>[],
): (config: FieldOptions) => FieldOptions {
  const names = displayNames([source]);
  const steps: ((config: FieldOptions) => FieldOptions)[] = [];
  const told = new Map<string, readonly unknown[]>();
  for (const field of source.fields) {
    const shown = names.get(field) ?? field.name;
    const asked = mappings.find((one) => one.fieldName === shown || one.fieldName === field.name);
    const key = text(asked?.handlerKey) || shown;
    if (key === "__ignore") continue;
    if (key.startsWith("mappings.")) {
      told.set(key, field.values);
      continue;
    }
    const handler = handlerOf(key);
    if (handler === undefined) continue;
    const value = reduceValues(field.values, text(asked?.reducerId, "lastNotNull"));
    steps.push((config) => handler(config, value));
  }
  const values = told.get("mappings.value") ?? [];
  if (values.length > 0) {
    const added = mappingOf(values, told.get("mappings.text"), told.get("mappings.color"));
    steps.push((config) => ({ ...config, mappings: [...(config.mappings ?? []), added] }));
  }
  return (config) => steps.reduce((before, one) => one(before), config);
}

/** Each row of the answer says what one value is called, and its colour. */
function mappingOf(
  values: readonly unknown[],
  words: readonly unknown[] | undefined,
  colors: readonly unknown[] | undefined,
): Mapping {
  const rows = values.map((value, row) => [
    String(value),
    {
      index: row,
      ...(words === undefined ? {} : { text: String(words[row] ?? "") }),
      ...(colors === undefined ? {} : { color: String(colors[row] ?? "") }),
    },
  ]);
  return { type: "value", options: Object.fromEntries(rows) };
}

function targetOf(
  matcher: Readonly<Record<string, unknown>>,
  frames: readonly DataFrame[],
): (field: Field, frame: DataFrame) => boolean {
  const names = displayNames(frames);
  const asked = text(matcher.options);
  switch (matcher.id) {
    case "byFrameRefID":
      return (field, frame) => frame.refId === asked && field.type === "number";
    case "byName":
      return (field) => field.name === asked || names.get(field) === asked;
    case "byType":
      return (field) => field.type === asked;
    default:
      return (field) => field.type === "number";
  }
}
