// Answers whose points are differently far apart on one grid of times: that of all of them. Pure.
import type { Frame, Values } from "../api/matrix";

interface Grid {
  /** Epoch seconds, ascending. */
  readonly times: readonly number[];
  /** A list a frame, a column a series; where a series has no point, its column has a hole, which is no gap. */
  readonly columns: readonly (readonly Values[])[];
}

export function onOneGrid(frames: readonly Frame<Values>[]): Grid {
  const [first] = frames;
  const isOne = frames.every((one) => isSameGrid(one.times, first?.times ?? []));
  if (isOne) return { times: first?.times ?? [], columns: frames.map((one) => one.series.map(({ values }) => values)) };
  const times = [...new Set(frames.flatMap((one) => one.times))].sort((a, b) => a - b);
  const places = new Map(times.map((time, place) => [time, place]));
  const columns = frames.map((frame) =>
    frame.series.map(({ values }) => spread(frame.times, values, times.length, places)),
  );
  return { times, columns };
}

const isSameGrid = (one: readonly number[], other: readonly number[]) =>
  one.length === other.length && one.every((time, index) => time === other[index]);

function spread(from: readonly number[], values: Values, size: number, places: ReadonlyMap<number, number>): Values {
  const column = new Array<number | null>(size);
  from.forEach((time, index) => {
    const place = places.get(time);
    if (place !== undefined) column[place] = values[index] ?? null;
  });
  return column;
}
