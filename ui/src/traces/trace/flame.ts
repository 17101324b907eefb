// A trace as a flame graph: spans with the same path of names are put together, so that a loop of a thousand calls is one
// box a thousand calls wide. Children that run at the same time may be wider than their parent; they are then squeezed to it.
//
//   depth 0  [ GET /checkout                          ]
//   depth 1  [ charge            ][ SELECT (12 calls) ]
import type { Span } from "../../api/tempo/trace";
import type { Layout } from "./layout";

export interface FlameBox {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  /** Between 0 and 1. */
  readonly left: number;
  readonly width: number;
  readonly calls: number;
  readonly errors: number;
  /** Nanoseconds of all calls together, and of them without what their children took. */
  readonly total: number;
  readonly self: number;
  /** Index of the longest of its spans. */
  readonly longest: number;
}

interface Group {
  readonly service: string;
  readonly name: string;
  calls: number;
  errors: number;
  total: number;
  inner: number;
  longest: number;
  readonly children: Map<string, Group>;
}

/** Boxes narrower than this share of the whole are not drawn: no screen shows them. */
const NARROWEST = 0.0005;
/** Deeper calls are recursion; the waterfall has them all. */
const DEEPEST = 200;

export function flameBoxes(spans: readonly Span[], layout: Layout): FlameBox[] {
  const roots = new Map<string, Group>();
  const groupOf: (Group | undefined)[] = new Array(spans.length).fill(undefined);
  for (const index of layout.order) {
    const span = spans[index];
    if (span === undefined) continue;
    const parent = layout.parent[index] ?? -1;
    const above = parent < 0 ? undefined : groupOf[parent];
    const siblings = above?.children ?? roots;
    const key = `${span.resource.service}\u0000${span.name}`;
    let group = siblings.get(key);
    if (group === undefined) {
      group = {
        service: span.resource.service,
        name: span.name,
        calls: 0,
        errors: 0,
        total: 0,
        inner: 0,
        longest: index,
        children: new Map(),
      };
      siblings.set(key, group);
    }
    group.calls += 1;
    group.errors += span.isError ? 1 : 0;
    group.total += span.length;
    if (span.length > (spans[group.longest]?.length ?? 0)) group.longest = index;
    if (above !== undefined) above.inner += span.length;
    groupOf[index] = group;
  }
  const boxes: FlameBox[] = [];
  place(roots, 0, 0, 1, boxes);
  return boxes;
}

function place(
  siblings: ReadonlyMap<string, Group>,
  depth: number,
  left: number,
  width: number,
  out: FlameBox[],
  room?: number,
): void {
  if (depth > DEEPEST) return;
  const all = [...siblings.values()].sort((a, b) => b.total - a.total);
  const sum = all.reduce((total, one) => total + one.total, 0);
  const scale = width / Math.max(sum, room ?? sum, 1);
  let at = left;
  for (const one of all) {
    const size = one.total * scale;
    if (size < NARROWEST) continue;
    const self = Math.max(0, one.total - one.inner);
    out.push({
      service: one.service,
      name: one.name,
      depth,
      left: at,
      width: size,
      calls: one.calls,
      errors: one.errors,
      total: one.total,
      self,
      longest: one.longest,
    });
    place(one.children, depth + 1, at, size, out, one.total);
    at += size;
  }
}
