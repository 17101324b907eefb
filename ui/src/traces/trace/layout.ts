// The tree of a trace as flat arrays: rows in depth-first order with depth and subtree size, so that folding a span is
// a jump over its rows. Broken parents, cycles and doubled ids become roots; every span has exactly one row. Pure.
//
//   row      0    1    2    3    4
//   depth    0    1    2    1    0
//   subtree  4    2    1    1    1      row + subtree = the next row that is not below
import type { Span } from "../../api/tempo/trace";

export interface Layout {
  /** Span index of each row. */
  readonly order: Int32Array;
  /** By row. */
  readonly depth: Int32Array;
  /** Rows of the span and all below it, by row. */
  readonly subtree: Int32Array;
  /** Span index of the parent of each span, or -1; by span index. */
  readonly parent: Int32Array;
  /** Row of each span; by span index. */
  readonly row: Int32Array;
}

export function layoutTrace(spans: readonly Span[]): Layout {
  const size = spans.length;
  const parent = findParents(spans);
  const { first, children, roots } = groupChildren(spans, parent);
  const order = new Int32Array(size);
  const depth = new Int32Array(size);
  const subtree = new Int32Array(size).fill(1);
  const row = new Int32Array(size).fill(-1);
  const stack = new Int32Array(size);
  let count = 0;
  const walk = (root: number) => {
    let top = 0;
    stack[top++] = root;
    while (top > 0) {
      const span = stack[--top] ?? 0;
      const above = parent[span] ?? -1;
      const aboveRow = above < 0 || span === root ? -1 : (row[above] ?? -1);
      row[span] = count;
      order[count] = span;
      depth[count] = aboveRow < 0 ? 0 : (depth[aboveRow] ?? 0) + 1;
      count += 1;
      // The latest child goes onto the stack first, so that the earliest is taken from it first.
      for (let at = (first[span + 1] ?? 0) - 1; at >= (first[span] ?? 0); at -= 1) stack[top++] = children[at] ?? 0;
    }
  };
  for (const root of roots) walk(root);
  for (let at = count - 1; at > 0; at -= 1) {
    const above = parent[order[at] ?? 0] ?? -1;
    if (above >= 0 && (depth[at] ?? 0) > 0) {
      const aboveRow = row[above] ?? 0;
      subtree[aboveRow] = (subtree[aboveRow] ?? 0) + (subtree[at] ?? 0);
    }
  }
  return { order, depth, subtree, parent, row };
}

/** Parent indexes; unknown parents and cycles become -1. */
function findParents(spans: readonly Span[]): Int32Array {
  const byId = new Map<string, number>();
  spans.forEach((span, index) => {
    if (!byId.has(span.id)) byId.set(span.id, index);
  });
  const parent = Int32Array.from(spans, (span, index) => {
    const found = span.parent === "" ? undefined : byId.get(span.parent);
    return found === undefined || found === index ? -1 : found;
  });
  // 0 not seen, otherwise the walk that saw it: meeting the own walk again is a cycle.
  const seen = new Int32Array(spans.length);
  for (let start = 0; start < spans.length; start += 1) {
    let at = start;
    while (at >= 0 && seen[at] === 0) {
      seen[at] = start + 1;
      const above = parent[at] ?? -1;
      if (above >= 0 && seen[above] === start + 1) {
        parent[at] = -1;
        break;
      }
      at = above;
    }
  }
  return parent;
}

/** The children of span `i`, earliest first, are `children[first[i]]` up to `children[first[i + 1]]`. */
interface Children {
  readonly first: Int32Array;
  readonly children: Int32Array;
  readonly roots: Int32Array;
}

function groupChildren(spans: readonly Span[], parent: Int32Array): Children {
  const size = spans.length;
  const start = Float64Array.from(spans, (span) => span.start);
  const length = Float64Array.from(spans, (span) => span.length);
  const earlier = (a: number, b: number) =>
    (start[a] ?? 0) - (start[b] ?? 0) || (length[b] ?? 0) - (length[a] ?? 0) || a - b;
  // Slot 0 belongs to the roots, slot i + 1 to span i.
  const ends = new Int32Array(size + 2);
  for (const above of parent) ends[above + 2] = (ends[above + 2] ?? 0) + 1;
  for (let slot = 1; slot < ends.length; slot += 1) ends[slot] = (ends[slot] ?? 0) + (ends[slot - 1] ?? 0);
  const all = new Int32Array(size);
  const filled = ends.slice();
  for (let index = 0; index < size; index += 1) {
    const slot = (parent[index] ?? -1) + 1;
    const at = filled[slot] ?? 0;
    all[at] = index;
    filled[slot] = at + 1;
  }
  for (let slot = 0; slot + 1 < ends.length; slot += 1) {
    const from = ends[slot] ?? 0;
    const to = ends[slot + 1] ?? 0;
    if (to - from > SHORT_LIST) all.subarray(from, to).sort(earlier);
    else sortInPlace(all, from, to, earlier);
  }
  return { first: ends.subarray(1), children: all, roots: all.subarray(0, ends[1]) };
}

/** Up to this many children, moving each to its place is faster than a general sort; most spans have few. */
const SHORT_LIST = 24;

function sortInPlace(all: Int32Array, from: number, to: number, earlier: (a: number, b: number) => number): void {
  for (let next = from + 1; next < to; next += 1) {
    const moved = all[next] ?? 0;
    let at = next;
    while (at > from && earlier(moved, all[at - 1] ?? 0) < 0) {
      all[at] = all[at - 1] ?? 0;
      at -= 1;
    }
    all[at] = moved;
  }
}

/** Rows that are not inside a folded one. `folded` holds span indexes. */
export function visibleRows(layout: Layout, folded: ReadonlySet<number>): Int32Array {
  if (folded.size === 0) return Int32Array.from(layout.order, (_, row) => row);
  const rows: number[] = [];
  let row = 0;
  while (row < layout.order.length) {
    rows.push(row);
    row += folded.has(layout.order[row] ?? -1) ? (layout.subtree[row] ?? 1) : 1;
  }
  return Int32Array.from(rows);
}

/** Spans with others below them, but for the first: what is folded when all is. */
export function parentsOf({ order, subtree }: Pick<Layout, "order" | "subtree">): ReadonlySet<number> {
  const parents = new Set<number>();
  for (let row = 1; row < order.length; row += 1) if ((subtree[row] ?? 1) > 1) parents.add(order[row] ?? 0);
  return parents;
}
