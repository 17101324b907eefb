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
