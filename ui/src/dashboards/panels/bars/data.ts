// The groups of a bar chart out of frames: the first text or time column names them, number columns are the bars. Pure.
import { type Hues, huesBeside } from "../../../charts/colors/palette";
import { absolute } from "../../../time/range";
import { type DataFrame, displayNames, type Field, frameLength } from "../../data/frame";
import { cssColor, isByName, seriesColor } from "../../field/colors";
import { dataBounds, mapValue, shownText, showValue, valueColor } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import { colorOf, type PanelSeries } from "../compute/series";
import { drawnOf } from "../plot/drawn";

export interface BarSeries extends PanelSeries {
  readonly values: readonly (number | null)[];
  /** The colour of each bar, where bars of a series differ. */
  readonly colors: readonly string[] | undefined;
  /** Where each bar comes from. */
  readonly from: readonly (Source | undefined)[];
}

export interface Source {
  readonly frame: DataFrame;
  readonly field: Field;
  readonly row: number;
}

export interface Bars {
  readonly categories: readonly string[];
  readonly series: readonly BarSeries[];
}

export interface BarWish {
  readonly xField: string;
  readonly colorByField: string;
}

/** More bars than this are no picture, and hold up the page. */
const MOST_BARS = 3_000;

export function barsOf(frames: readonly DataFrame[], wish: BarWish, dark: boolean, hues: Hues): Bars | undefined {
  const filled = frames.filter((one) => frameLength(one) > 0);
  const names = displayNames(frames);
  const nameOf = (field: Field) => names.get(field) ?? field.name;
  const every = filled.flatMap((frame) => {
    const category = categoryOf(frame, wish.xField, nameOf);
    const columns = frame.fields.filter(
      (one) => one.type === "number" && one !== category && isDrawn(one, nameOf, wish),
    );
    return columns.map((field) => ({ frame, category, field }));
  });
  const parts = every.slice(0, MOST_BARS);
  if (parts.length === 0) return undefined;
  const [first] = parts;
  // One row of many columns: the columns are the categories.
  if (wish.xField === "" && first?.category?.type !== "string" && filled.every((one) => frameLength(one) === 1)) {
    return columnsAsGroups(parts, nameOf, dark);
  }
  const places = new Map<string, number>();
  const categories: string[] = [];
  const most = Math.max(1, Math.floor(MOST_BARS / parts.length));
  const placeOf = (category: Field | undefined, row: number) => {
    const value = category?.values[row] ?? row + 1;
    const key = String(value);
    const known = places.get(key);
    if (known !== undefined) return known;
    if (categories.length >= most) return undefined;
    places.set(key, categories.length);
    categories.push(category === undefined ? key : categoryText(value, category));
    return categories.length - 1;
  };
  // Rows of one frame stay apart though their names are alike; those of several meet by name.
  const isOne = filled.length === 1;
  const taken = parts.map(({ category, field }) =>
    field.values.map((_, row) => (isOne ? onePlace(row, category, categories, most) : placeOf(category, row))),
  );
  const own = huesBeside(
    parts.flatMap(({ field }) => (isByName(field.config.color?.mode) ? nameOf(field) : [])),
    hues,
  );
  return {
    categories,
    series: parts.map(({ frame, field }, index) => {
      const values = new Array<number | null>(categories.length).fill(null);
      const from = new Array<Source | undefined>(categories.length).fill(undefined);
      field.values.forEach((value, row) => {
        const place = taken[index]?.[row];
        if (place === undefined || typeof value !== "number" || !Number.isFinite(value)) return;
        values[place] = value;
        from[place] = { frame, field, row };
      });
      const name = nameOf(field);
      const color = colorOf(field, name, index, dark, own);
      return {
        name,
        color,
        config: field.config,
        field,
        values,
        colors: colorsOf(field, from, wish, nameOf, dark),
        from,
      };
    }),
  };
}

function onePlace(row: number, category: Field | undefined, categories: string[], most: number): number | undefined {
  if (row >= most) return undefined;
  categories[row] ??= category === undefined ? String(row + 1) : categoryText(category.values[row], category);
  return row;
}

/** What is hidden everywhere, or only gives the others their colours, is no bar. */
function isDrawn(field: Field, nameOf: (field: Field) => string, { colorByField }: BarWish): boolean {
  const { viz, legend } = drawnOf(field.config).hidden;
  return !(viz && legend) && (colorByField === "" || (nameOf(field) !== colorByField && field.name !== colorByField));
}

function categoryOf(frame: DataFrame, xField: string, nameOf: (field: Field) => string): Field | undefined {
  return (
    frame.fields.find((one) => xField !== "" && (one.name === xField || nameOf(one) === xField)) ??
    frame.fields.find((one) => one.type === "string") ??
    frame.fields.find((one) => one.type === "time")
  );
}

const DAY_MS = 86_400_000;

function categoryText(value: unknown, category: Field): string {
  if (category.type !== "time" || typeof value !== "number") {
    return shownText(showValue(value ?? "", category.config, { min: 0, max: 1 }, true));
  }
  // The year is known, and of times within a day their day too.
  const times = category.values.filter((one): one is number => typeof one === "number");
  const words = absolute(value);
  const span = Math.abs((times.at(-1) ?? 0) - (times[0] ?? 0));
  return span < DAY_MS ? words.slice(11, 16) : words.slice(5, 16);
}

/** Colours by the column that is named, or by the values themselves where these have colours. */
function colorsOf(
  field: Field,
  from: readonly (Source | undefined)[],
  { colorByField }: BarWish,
  nameOf: (field: Field) => string,
  dark: boolean,
): readonly string[] | undefined {
  const byName = (frame: DataFrame) =>
    frame.fields.find((one) => colorByField !== "" && (nameOf(one) === colorByField || one.name === colorByField));
  const mode = field.config.color?.mode ?? "palette-classic";
  const isByValue = mode === "thresholds" || mode.startsWith("continuous-");
  if (colorByField === "" && !isByValue && (field.config.mappings ?? []).length === 0) return undefined;
  const plain = new Map<unknown, string>();
  const paletteOf = (value: unknown) => {
    const known = plain.get(value) ?? seriesColor(plain.size, dark);
    plain.set(value, known);
    return known;
  };
  return from.map((source) => {
    if (source === undefined) return "";
    const by = byName(source.frame);
    const column = by ?? source.field;
    const value = column.values[source.row];
    return ownColor(value, column, dark) ?? (by === undefined ? "" : paletteOf(value));
  });
}

/** The colour that a value has by its mapping, its thresholds or its scale; none where its series gives it one. */
function ownColor(
  value: unknown,
  { values, config }: Pick<Field, "values" | "config">,
  dark: boolean,
): string | undefined {
  const mode = config.color?.mode ?? "palette-classic";
  const mapped = mapValue(value, config)?.color;
  if (mapped !== undefined) return cssColor(mapped, dark);
  if (typeof value !== "number" || !(mode === "thresholds" || mode.startsWith("continuous-"))) return undefined;
  return valueColor(value, config, dataBounds(values, config), dark);
}

interface Part {
  readonly frame: DataFrame;
  readonly field: Field;
}

function columnsAsGroups(parts: readonly Part[], nameOf: (field: Field) => string, dark: boolean): Bars {
  const [first] = parts;
  const config: FieldOptions = first?.field.config ?? { custom: {} };
  const field = first?.field ?? {
    name: "Value",
    type: "number",
    values: [],
    labels: undefined,
    legend: undefined,
    config,
  };
  const values = parts.map(({ field: one }) => {
    const [value] = one.values;
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  });
  const from = parts.map(({ frame, field: one }): Source => ({ frame, field: one, row: 0 }));
  const colors = parts.map(({ field: one }, at) => {
    return ownColor(values[at], { values, config: one.config }, dark) ?? "";
  });
  const isColored = colors.some((one) => one !== "");
  return {
    categories: parts.map((one) => nameOf(one.field)),
    series: [
      {
        name: "Value",
        color: seriesColor(0, dark),
        config,
        field,
        values,
        colors: isColored ? colors : undefined,
        from,
      },
    ],
  };
}

/** Each value as its part of the sum of its group; their scale is of shares. */
export function sharesOf(bars: Bars): Bars {
  const sums = bars.categories.map((_, row) =>
    bars.series.reduce((sum, one) => sum + Math.abs(one.values[row] ?? 0), 0),
  );
  return {
    ...bars,
    series: bars.series.map((one) => ({
      ...one,
      config: { ...one.config, unit: "percentunit", decimals: undefined, mappings: [], min: undefined, max: 1 },
      values: one.values.map((value, row) => (value === null ? null : value / (sums[row] || 1))),
    })),
  };
}
