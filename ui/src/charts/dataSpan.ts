// Where in a range there is data, and the narrower range worth zooming to: a server that runs for two minutes fills a sliver of an
// hour. Pure.
import type { Range } from "../time/range";

/** Data that fills more than this part of the range is seen well. */
const SEEN_PART = 0.3;
/** Room on each side, as a part of the data. */
const ROOM_PART = 0.04;
/** Narrower than this one sees single scrapes, milliseconds. */
const LEAST_MS = 60_000;

/** The part of `range` that holds values, where it is small; `times` in epoch seconds. Of counts, zero is nothing. */
export function dataRange(
  times: readonly number[],
  columns: readonly ArrayLike<number | null>[],
  range: Range,
  zeroIsNothing: boolean,
): Range | undefined {
  const isData = (value: number | null | undefined) =>
    value !== null && value !== undefined && !Number.isNaN(value) && !(zeroIsNothing && value === 0);
  let first = times.length;
  let last = -1;
  for (const column of columns) {
    let from = 0;
    while (from < first && !isData(column[from])) from += 1;
    first = from;
    let to = Math.min(times.length, column.length) - 1;
    while (to > last && !isData(column[to])) to -= 1;
    last = Math.max(last, to);
  }
  const [start, end] = [times[first], times[last]];
  if (start === undefined || end === undefined || first > last) return undefined;
  // The last value of a grid stands for the step that follows it too.
  const step = times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : 0;
  const from = Math.max(range.from, start * 1_000);
  const to = Math.min(range.to, (end + step) * 1_000);
  const length = to - from;
  if (length <= 0 || length > (range.to - range.from) * SEEN_PART) return undefined;
  const wanted = Math.max(LEAST_MS, length * (1 + 2 * ROOM_PART));
  if (wanted >= (range.to - range.from) * 0.9) return undefined;
  const middle = (from + to) / 2;
  const late = Math.min(range.to, middle + wanted / 2);
  return { from: Math.floor(Math.max(range.from, late - wanted)), to: Math.ceil(late) };
}
