// Runs of equal states out of series, for state timelines. Pure.
import { type Hues, huesBeside, NO_HUES } from "../../../charts/colors/palette";
import { type DataFrame, displayNames } from "../../data/frame";
import { isByName, paletteColor } from "../../field/colors";
import { boundsOf, type Shown, shownText, showValue } from "../../field/show";
import type { Linked } from "../links/dataLinks";

export interface Run extends Linked {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly shown: Shown;
  readonly color: string;
}

export interface Lane {
  readonly name: string;
  readonly runs: readonly Run[];
}

const MOST_LANES = 200;

/** `merge`: equal neighbours become one run. The last state lasts as long as the one before it. */
export function lanesOf(frames: readonly DataFrame[], merge: boolean, dark: boolean, hues: Hues = NO_HUES): Lane[] {
  const names = displayNames(frames);
  const places = new Map<string, number>();
  const lanes = frames
    .flatMap((frame) => {
      const time = frame.fields.find((one) => one.type === "time");
      if (time === undefined) return [];
      return frame.fields
        .filter((one) => one.type !== "time" && one.type !== "other")
        .map((field) => {
          const name = names.get(field) ?? field.name;
          const bounds = boundsOf(field.values, field.config);
          const runs: Omit<Run, "color">[] = [];
          let before: unknown;
          time.values.forEach((at, index) => {
            const value = field.values[index];
            if (typeof at !== "number" || value === null || value === undefined) {
              before = undefined;
              return;
            }
            const next = time.values[index + 1];
            const step = at - (typeof time.values[index - 1] === "number" ? Number(time.values[index - 1]) : at);
            const to = typeof next === "number" ? next : at + (step || 60_000);
            const last = runs.at(-1);
            if (merge && last !== undefined && value === before) runs[runs.length - 1] = { ...last, to };
            else {
              const shown = showValue(value, field.config, bounds, dark);
              const key = shown.text;
              if (!places.has(key)) places.set(key, places.size);
              runs.push({ from: at, to, shown, field, frame, row: index, value, words: shownText(shown), name });
            }
            before = value;
          });
          return { name, mode: field.config.color?.mode, runs };
        });
    })
    .slice(0, MOST_LANES);
  const own = lanes.some((one) => isByName(one.mode)) ? huesBeside([...places.keys()], hues) : hues;
  const colorOf = ({ text }: Shown, mode: string | undefined) =>
    paletteColor(mode, text, places.get(text) ?? 0, { dark, hues: own });
  return lanes.map(({ name, mode, runs }): Lane => {
    return { name, runs: runs.map((run) => ({ ...run, color: run.shown.color ?? colorOf(run.shown, mode) })) };
  });
}
