// The rows of the list that are on screen, drawn straight into the page. Scrolling must fit into one frame with a hundred
// thousand lines, so nothing of it passes through React: a fixed pool of row elements is moved and written anew.
//
//   rows  ... 41 42 43 44 45 46 ...     row i is drawn by element i mod pool, so that scrolling by one row writes one row
//
// Invariant: text goes into text nodes only; nothing of a line becomes markup.
import { Heights } from "./heights";

/** One row of the pool. The owner of the window fills `button`; `slot` may get more below it. */
export interface Row {
  readonly slot: HTMLDivElement;
  readonly button: HTMLButtonElement;
  readonly time: HTMLSpanElement;
  readonly service: HTMLSpanElement;
  readonly columns: HTMLSpanElement;
  readonly count: HTMLSpanElement;
  readonly text: HTMLSpanElement;
  index: number;
  top: number;
}

export interface WindowSource {
  readonly size: number;
  readonly heightOf: (index: number) => number;
  readonly draw: (row: Row, index: number) => void;
  /** Rows have heights of their own, which are measured when they are drawn. */
  readonly isMeasured: boolean;
}

export interface WindowStyles {
  readonly slot: string;
  readonly line: string;
  readonly time: string;
  readonly service: string;
  readonly columns: string;
  readonly count: string;
  readonly text: string;
}

/** Rows kept ready on either side: a notch of a mouse wheel is five. */
const OVERSCAN = 8;

export class LineWindow {
  readonly #scroller: HTMLElement;
  readonly #inner: HTMLElement;
  readonly #styles: WindowStyles;
  readonly #onRange: (first: number, last: number) => void;
  #source: WindowSource;
  #heights: Heights;
  #pool: Row[] = [];
  #viewport = 0;
  #inView: [number, number] = [-1, -1];

  constructor(
    scroller: HTMLElement,
    inner: HTMLElement,
    styles: WindowStyles,
    source: WindowSource,
    onRange: (first: number, last: number) => void,
  ) {
    this.#scroller = scroller;
    this.#inner = inner;
    this.#styles = styles;
    this.#source = source;
    this.#onRange = onRange;
    this.#heights = new Heights(source.size, source.heightOf);
  }

  /** Other lines, or other heights. The row `oldIndex` of before becomes `newIndex` and keeps its place on the screen. */
  update(source: WindowSource, oldIndex: number, newIndex: number, keepHeights: boolean): void {
    const before = this.#heights;
    const offset = this.#scroller.scrollTop - before.top(oldIndex);
    const isAtTop = this.#scroller.scrollTop <= 0;
    const shift = newIndex - oldIndex;
    this.#source = source;
    this.#heights = new Heights(source.size, (index) => {
      const old = index - shift;
      return keepHeights && old >= 0 && old < before.size ? before.get(old) : source.heightOf(index);
    });
    this.#inner.style.height = `${this.#heights.total}px`;
    if (!isAtTop && newIndex >= 0) this.#scroller.scrollTop = this.#heights.top(newIndex) + offset;
    this.#inView = [-1, -1];
    this.paint(true);
  }

  resize(): void {
    this.#viewport = this.#scroller.clientHeight;
    this.#inner.style.height = `${this.#heights.total}px`;
    this.paint(true);
  }

  /** The first row on the screen. */
  firstVisible(): number {
    return this.#heights.indexAt(this.#scroller.scrollTop);
  }

  setHeight(index: number, height: number): void {
    if (this.#heights.get(index) === Math.round(height)) return;
    const first = this.firstVisible();
    const change = Math.round(height) - this.#heights.get(index);
    this.#heights.set(index, height);
    this.#inner.style.height = `${this.#heights.total}px`;
    if (index < first) this.#scroller.scrollTop += change;
    this.paint();
  }

  scrollTo(index: number): void {
    const top = this.#heights.top(index);
    const bottom = top + this.#heights.get(index);
    const { scrollTop } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (bottom > scrollTop + this.#viewport) this.#scroller.scrollTop = bottom - this.#viewport;
    this.paint();
  }

  /** Puts the row into the middle of the screen, unless it is on it. */
  show(index: number): void {
    const top = this.#heights.top(index);
    const { scrollTop } = this.#scroller;
    const isSeen = top >= scrollTop && top + this.#heights.get(index) <= scrollTop + this.#viewport;
    if (!isSeen) this.#scroller.scrollTop = top - this.#viewport / 2;
    this.paint();
  }

  /** The row that draws `index`, while it is drawn. */
  rowOf(index: number): Row | undefined {
    const row = this.#pool[index % Math.max(1, this.#pool.length)];
    return row?.index === index ? row : undefined;
  }

  /** Draws what came into view; everything when `all`. */
  paint(all = false): void {
    if (this.#viewport === 0) return;
    const { scrollTop } = this.#scroller;
    const { size } = this.#source;
    const first = Math.max(0, this.#heights.indexAt(scrollTop) - OVERSCAN);
    const last = Math.min(size - 1, this.#heights.indexAt(scrollTop + this.#viewport) + OVERSCAN);
    this.#grow(last - first + 1);
    const drawn: Row[] = [];
    const count = this.#pool.length;
    let top = this.#heights.top(first);
    for (let index = first; index <= last; index += 1) {
      const row = this.#pool[index % count];
      if (row === undefined) continue;
      if (all || row.index !== index) {
        if (row.index < 0) row.slot.style.display = "";
        row.index = index;
        this.#source.draw(row, index);
        drawn.push(row);
      }
      if (row.top !== top) {
        row.top = top;
        row.slot.style.transform = `translateY(${top}px)`;
      }
      top += this.#heights.get(index);
    }
    for (const row of this.#pool) {
      if (row.index >= 0 && (row.index < first || row.index > last)) {
        row.index = -1;
        row.slot.style.display = "none";
      }
    }
    if (this.#source.isMeasured && this.#measure(drawn)) return;
    if (this.#inView[0] !== first || this.#inView[1] !== last) {
      this.#inView = [first, last];
      this.#onRange(first, last);
    }
  }

  /** True when heights differed and everything was drawn again. */
  #measure(drawn: readonly Row[]): boolean {
    const anchor = this.firstVisible();
    const offset = this.#scroller.scrollTop - this.#heights.top(anchor);
    let isChanged = false;
    const measured = drawn.map((row) => row.slot.offsetHeight);
    drawn.forEach((row, at) => {
      const height = measured[at] ?? 0;
      if (height === 0 || height === this.#heights.get(row.index)) return;
      this.#heights.set(row.index, height);
      isChanged = true;
    });
    if (!isChanged) return false;
    this.#inner.style.height = `${this.#heights.total}px`;
    const place = this.#heights.top(anchor) + offset;
    if (place !== this.#scroller.scrollTop) this.#scroller.scrollTop = place;
    this.paint();
    return true;
  }

  #grow(least: number): void {
    if (this.#pool.length >= least) return;
    // Elements belong to rows by the pool's size: with another size all are drawn anew.
    for (const row of this.#pool) {
      row.index = -1;
      row.slot.style.display = "none";
    }
    while (this.#pool.length < least) {
      const row = makeRow(this.#styles);
      this.#pool.push(row);
      this.#inner.append(row.slot);
    }
  }
}

function makeRow(styles: WindowStyles): Row {
  const slot = document.createElement("div");
  slot.className = styles.slot;
  slot.style.display = "none";
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.className = styles.line;
  const part = (name: string) => {
    const span = document.createElement("span");
    span.className = name;
    button.append(span);
    return span;
  };
  const row = {
    slot,
    button,
    time: part(styles.time),
    service: part(styles.service),
    columns: part(styles.columns),
    count: part(styles.count),
    text: part(styles.text),
    index: -1,
    top: -1,
  };
  slot.append(button);
  return row;
}
