// One value a field or a row, for stat, gauge, bar gauge and pie. Pure.
import { record, text, texts } from "../../../api/decode";
import { type Hues, huesBeside, NO_HUES } from "../../../charts/colors/palette";
import { type DataFrame, displayNames, type Field, frameLength } from "../../data/frame";
import { reduceValues } from "../../data/reducers";
import { isByName } from "../../field/colors";
import { type Bounds, boundsOf, endsOf, type Shown, shownText, showValue } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import { readPattern } from "../../variables/options";
import type { Linked } from "../links/dataLinks";
import { colorOf } from "./series";

export interface Reduced extends Linked {
  readonly key: string;
  readonly shown: Shown;
  readonly bounds: Bounds;
  readonly config: FieldOptions;
  /** The colour of a palette where values have none. */
  readonly color: string;
  readonly history: readonly (number | null)[];
}

type Uncoloured = Omit<Reduced, "color">;

/** Values beyond this are left out: no screen shows them. */
const MOST = 300;

export function reduceFrames(
  frames: readonly DataFrame[],
  options: unknown,
  dark: boolean,
  hues: Hues = NO_HUES,
): Reduced[] {
  const reduce = record(record(options).reduceOptions);
  const calc = texts(reduce.calcs)[0] ?? "lastNotNull";
  const names = displayNames(frames);
  const wanted = text(reduce.fields);
  const pattern = wanted.startsWith("/") ? readPattern(wanted) : undefined;
  const picked = frames.flatMap((frame) =>
    frame.fields
      .filter((field) => {
        if (record(field.config.custom.hideFrom).viz === true) return false;
        const name = names.get(field) ?? field.name;
        if (pattern !== undefined) return name.search(pattern) >= 0;
        return wanted !== "" ? name === wanted : field.type === "number";
      })
      .map((field) => ({ frame, field })),
  );
  const ends = endsOf(picked.map(({ field }) => field.values));
  const result: Uncoloured[] = [];
  for (const { frame, field } of picked) {
    if (result.length >= MOST) break;
    const bounds = boundsOf(field.config.max === undefined ? ends : field.values, field.config);
    // Rows that are no moments have no course.
    const isCourse = reduce.values !== true && frame.fields.some((one) => one.type === "time");
    const history = isCourse ? field.values.map((one) => (typeof one === "number" ? one : null)) : [];
    const made = (value: unknown, name: string, row?: number): Uncoloured => {
      const shown = showValue(value, field.config, bounds, dark);
      const words = shownText(shown);
      const key = String(result.length);
      return { field, frame, row, key, name, value, words, shown, bounds, config: field.config, history };
    };
    if (reduce.values === true) {
      const rows = Math.min(frameLength(frame), Number(reduce.limit ?? MOST) || MOST);
      for (let row = 0; row < rows && result.length < MOST; row += 1) {
        result.push(made(field.values[row], rowName(frame, field, row, names), row));
      }
    } else {
      result.push(made(reduceValues(field.values, calc), names.get(field) ?? field.name));
    }
  }
  const kept = result.slice(0, MOST);
  const own = huesBeside(
    kept.flatMap((one) => (isByName(one.config.color?.mode) ? one.name : [])),
    hues,
  );
  return kept.map((one, index) => ({ ...one, color: colorOf(one.field, one.name, index, dark, own) }));
}

/** The text columns of a row name its value. */
function rowName(frame: DataFrame, field: Field, row: number, names: ReadonlyMap<Field, string>): string {
  const words = frame.fields.filter((one) => one.type === "string").map((one) => String(one.values[row] ?? ""));
  const name = words.filter((one) => one !== "").join(" ");
  return name === "" ? (names.get(field) ?? field.name) : name;
}
