// The series of an answer by the value of one label, largest first. Pure.
import type { Frame } from "../api/matrix";

export interface WeighedPart {
  readonly value: string;
  /** The sum of all values, or their mean. */
  readonly weight: number;
  readonly frame: Frame;
}

/** Quantiles and other series of the same value stay together. */
export function weigh(frame: Frame | undefined, label: string, isSum: boolean): WeighedPart[] {
  if (frame === undefined) return [];
  const groups = new Map<string, Frame["series"][number][]>();
  for (const one of frame.series) {
    const value = one.labels[label] ?? "";
    const known = groups.get(value);
    if (known === undefined) groups.set(value, [one]);
    else known.push(one);
  }
  return [...groups]
    .map(([value, series]): WeighedPart => {
      const numbers = series.flatMap((one) =>
        one.values.filter((each): each is number => Number.isFinite(each ?? Number.NaN)),
      );
      const sum = numbers.reduce((total, one) => total + one, 0);
      return { value, weight: isSum ? sum : sum / Math.max(1, numbers.length), frame: { times: frame.times, series } };
    })
    .sort((a, b) => b.weight - a.weight || a.value.localeCompare(b.value));
}
