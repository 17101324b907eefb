// Heights of many rows with their sums: where a row starts and which row is at a place, in logarithmic time, also after a row
// has grown. A Fenwick tree over whole pixels. Pure.

export class Heights {
  readonly size: number;
  readonly #heights: Int32Array;
  /** `#sums[i]` holds the sum of the rows that end at row i - 1, as many as the lowest set bit of i says. */
  readonly #sums: Float64Array;

  constructor(size: number, heightOf: (index: number) => number) {
    this.size = size;
    this.#heights = new Int32Array(size);
    this.#sums = new Float64Array(size + 1);
    for (let index = 0; index < size; index += 1) {
      const height = Math.round(heightOf(index));
      this.#heights[index] = height;
      this.#sums[index + 1] = (this.#sums[index + 1] ?? 0) + height;
      const above = index + 1 + ((index + 1) & -(index + 1));
      if (above <= size) this.#sums[above] = (this.#sums[above] ?? 0) + (this.#sums[index + 1] ?? 0);
    }
  }

  get(index: number): number {
    return this.#heights[index] ?? 0;
  }

  set(index: number, height: number): void {
    if (index < 0 || index >= this.size) return;
    const whole = Math.round(height);
    const change = whole - (this.#heights[index] ?? 0);
    this.#heights[index] = whole;
    for (let at = index + 1; at <= this.size; at += at & -at) this.#sums[at] = (this.#sums[at] ?? 0) + change;
  }

  /** The sum of all rows before `index`. */
  top(index: number): number {
    let sum = 0;
    for (let at = Math.max(0, Math.min(index, this.size)); at > 0; at -= at & -at) sum += this.#sums[at] ?? 0;
    return sum;
  }

  get total(): number {
    return this.top(this.size);
  }

  /** The row that covers `pixel`; the first or the last one beyond the ends. */
  indexAt(pixel: number): number {
    let place = 0;
    let left = pixel;
    for (let bit = 2 ** Math.floor(Math.log2(Math.max(1, this.size))); bit >= 1; bit /= 2) {
      const next = place + bit;
      const sum = this.#sums[next] ?? 0;
      if (next <= this.size && sum <= left) {
        place = next;
        left -= sum;
      }
    }
    return Math.max(0, Math.min(place, this.size - 1));
  }
}
