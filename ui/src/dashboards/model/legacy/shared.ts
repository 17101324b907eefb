// What the old kinds of panels have in common: settings on the panel itself, where today's stand in options and fields.
import { type Json, list, number, record, text } from "../../../api/decode";

/** The panel with settings that its own ones of today go before. */
export function withDefaults(json: Json, defaults: Json, overrides: readonly Json[], options: Json): Json {
  const config = record(json.fieldConfig);
  const known = record(config.defaults);
  return {
    ...json,
    options: { ...options, ...record(json.options) },
    fieldConfig: {
      defaults: { ...defaults, ...known, custom: { ...record(defaults.custom), ...record(known.custom) } },
      overrides: [...overrides, ...list(config.overrides)],
    },
  };
}

/** An alias or the pattern of a column: a name, or a regular expression between slashes. */
export function matcherOf(pattern: string): Json {
  return { id: pattern.startsWith("/") ? "byRegexp" : "byName", options: pattern };
}

/** Colours stand below, between and above the limits of `80,90`; without colours, only those of the text. */
export function stepsOf(limits: unknown, colors: readonly string[]): Json[] {
  const values = (Array.isArray(limits) ? limits.map(String) : text(limits).split(","))
    .map((one) => Number.parseFloat(one))
    .filter((one) => Number.isFinite(one));
  return [
    { color: colors[0] ?? "text", value: null },
    ...values.map((value, index) => ({ color: colors[index + 1] ?? colors.at(-1) ?? "text", value })),
  ];
}

/** Texts for values (`mappingType` 1, or none said) or for ranges (2), as the mappings of old. */
export function oldMappings(json: Json): Json[] {
  const values = list(json.valueMaps).map((one) => ({ ...record(one), type: 1 }));
  const ranges = list(json.rangeMaps).map((one) => ({ ...record(one), type: 2 }));
  const type = number(json.mappingType);
  return [...(type === 2 ? [] : values), ...(type === 1 ? [] : ranges)];
}

const CALCS: Readonly<Record<string, string>> = {
  current: "lastNotNull",
  avg: "mean",
  total: "sum",
  first: "firstNotNull",
};

/** The reducer of today for an old name. */
export function calcOf(old: string): string {
  return CALCS[old] ?? old;
}
