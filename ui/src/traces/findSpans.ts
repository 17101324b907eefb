// Spans that hold a text in their name, service, status, attributes or events, in the order of the waterfall. Pure.
import type { Span, Trace } from "../api/tempo/trace";

export function findSpans(trace: Trace, order: ArrayLike<number>, wanted: string): number[] {
  const low = wanted.trim().toLowerCase();
  if (low === "") return [];
  const found: number[] = [];
  for (let row = 0; row < order.length; row += 1) {
    const index = order[row] ?? -1;
    const span = trace.spans[index];
    if (span !== undefined && holds(span, low)) found.push(index);
  }
  return found;
}

function holds(span: Span, low: string): boolean {
  const has = (text: string) => text.toLowerCase().includes(low);
  if (has(span.name) || has(span.resource.service) || has(span.statusMessage) || span.id === low) return true;
  if (low === "error" && span.isError) return true;
  if (span.attributes.some((one) => has(one.key) || has(one.value))) return true;
  return span.events.some((event) => has(event.name) || event.attributes.some((one) => has(one.value)));
}
