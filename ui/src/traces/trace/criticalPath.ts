// The critical path: the parts of spans that the whole trace waited for. From the end of the root backwards, time belongs
// to the child that ended last before it, and to the span itself where no child ran. Pure.
import type { Span } from "../../api/tempo/trace";
import type { Layout } from "./layout";

export interface Segment {
  /** Span index. */
  readonly span: number;
  /** Nanoseconds after the start of the trace, `from < to`. */
  readonly from: number;
  readonly to: number;
}

/** Segments of all spans in columns: those of span `i`, earliest first, are `first[i]` up to `first[i + 1]`. */
export interface CriticalPath {
  readonly first: Int32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** `segments` as `criticalPath` gives them, of a trace of `size` spans. */
export function packPath(segments: readonly Segment[], size: number): CriticalPath {
  const first = new Int32Array(size + 1);
  for (const { span } of segments) first[span + 1] = (first[span + 1] ?? 0) + 1;
  for (let span = 0; span < size; span += 1) first[span + 1] = (first[span + 1] ?? 0) + (first[span] ?? 0);
  const from = new Float64Array(segments.length);
  const to = new Float64Array(segments.length);
  // From the latest down, so that each span's slots fill from their end.
  const free = first.slice(1);
  for (const one of segments) {
    const slot = (free[one.span] ?? 0) - 1;
    free[one.span] = slot;
    from[slot] = one.from;
    to[slot] = one.to;
  }
  return { first, from, to };
}

/** The parts of one span, earliest first; what lies nearer than `gap` nanoseconds is one part, so that a row stays small. */
export function partsOf(path: CriticalPath, span: number, gap: number): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = [];
  for (let slot = path.first[span] ?? 0; slot < (path.first[span + 1] ?? 0); slot += 1) {
    const from = path.from[slot] ?? 0;
    const to = path.to[slot] ?? 0;
    const last = parts.at(-1);
    if (last !== undefined && from - last.to < gap) last.to = to;
    else parts.push({ from, to });
  }
  return parts;
}

/** Segments latest first; they neither overlap nor leave the root. */
export function criticalPath(spans: readonly Span[], layout: Layout): Segment[] {
  const root = layout.order[0];
  if (root === undefined) return [];
  const children = childrenByEnd(spans, layout.parent);
  const segments: Segment[] = [];
  const stack: { span: number; until: number; floor: number; next: number }[] = [];
  const enter = (span: number, until: number, floor: number) => stack.push({ span, until, floor, next: 0 });
  const rootSpan = spans[root];
  if (rootSpan === undefined) return [];
  enter(root, rootSpan.start + rootSpan.length, rootSpan.start);

  while (stack.length > 0) {
    const top = stack.at(-1);
    if (top === undefined) break;
    const own = spans[top.span];
    const begin = Math.max(own?.start ?? 0, top.floor);
    const child = nextChild(spans, children.get(top.span) ?? [], top, begin);
    if (child === undefined) {
      if (top.until > begin) segments.push({ span: top.span, from: begin, to: top.until });
      stack.pop();
      continue;
    }
    if (child.end < top.until) segments.push({ span: top.span, from: child.end, to: top.until });
    top.until = Math.min(top.until, Math.max(child.start, begin));
    enter(child.span, child.end, begin);
  }
  return segments;
}

/** The child that ended last at or before `until`, or that still ran then, cut to it. */
function nextChild(
  spans: readonly Span[],
  children: readonly number[],
  top: { until: number; next: number },
  begin: number,
): { span: number; start: number; end: number } | undefined {
  while (top.next < children.length) {
    const index = children[top.next] ?? -1;
    top.next += 1;
    const child = spans[index];
    if (child === undefined || child.start >= top.until) continue;
    const end = Math.min(child.start + child.length, top.until);
    if (end <= begin || end <= child.start) continue;
    return { span: index, start: child.start, end };
  }
  return undefined;
}

function childrenByEnd(spans: readonly Span[], parent: Int32Array): Map<number, number[]> {
  const children = new Map<number, number[]>();
  parent.forEach((above, index) => {
    if (above < 0) return;
    const known = children.get(above);
    if (known === undefined) children.set(above, [index]);
    else known.push(index);
  });
  const end = (index: number) => (spans[index]?.start ?? 0) + (spans[index]?.length ?? 0);
  for (const list of children.values()) list.sort((a, b) => end(b) - end(a));
  return children;
}
