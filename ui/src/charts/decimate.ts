// At most one column of points a pixel: the lowest and the highest value of each bucket survive, so that spikes and dips
// do. A bucket of gaps stays a gap; what is no finite number is a gap. Undefined is no gap: at that time only others have values.

type Values = ArrayLike<number | null | undefined>;

export interface Columns<C extends Values = Values> {
  readonly times: readonly number[];
  readonly columns: readonly C[];
}

/** Columns with at most two rows a bucket and at most `most` buckets; the input itself when it is small enough. */
export function decimate<C extends Values>(input: Columns<C>, most: number): Columns<C | (C[number] | null)[]> {
  const size = input.times.length;
  const buckets = Math.max(1, Math.floor(most));
  if (size <= buckets * 2) return input;
  const times: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const [from, to] = edges(size, buckets, bucket);
    const first = input.times[from] ?? 0;
    const last = input.times[to - 1] ?? first;
    times.push(first, first + (last - first) / 2);
  }
  return { times, columns: input.columns.map((column) => decimateColumn(column, size, buckets)) };
}

function edges(size: number, buckets: number, bucket: number): [number, number] {
  return [Math.floor((bucket * size) / buckets), Math.floor(((bucket + 1) * size) / buckets)];
}

function decimateColumn<V extends number | null | undefined>(
  column: ArrayLike<V>,
  size: number,
  buckets: number,
): (V | number | null)[] {
  const result: (V | number | null)[] = [];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const [from, to] = edges(size, buckets, bucket);
    let low: number | null = null;
    let high: number | null = null;
    let lowAt = 0;
    let highAt = 0;
    let isGap = false;
    for (let index = from; index < to; index += 1) {
      const value = column[index];
      if (value === undefined) continue;
      if (value === null || !Number.isFinite(value)) {
        isGap = true;
        continue;
      }
      if (low === null || value < low) {
        low = value;
        lowAt = index;
      }
      if (high === null || value > high) {
        high = value;
        highAt = index;
      }
    }
    if (low === null && !isGap) result.push(undefined as V, undefined as V);
    else if (lowAt <= highAt) result.push(low, high);
    else result.push(high, low);
  }
  return result;
}
