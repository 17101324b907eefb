// Events over a chart: a dashed line for a moment, a shaded span for a while, and a small mark at the foot that says what it
// was. The words are text nodes only: events come from queries and people.
import type uPlot from "uplot";
import { floatBeside, sink } from "../../ui/floating";
import { withAlpha } from "../options";

export interface ChartEvent {
  /** Of a stored one. */
  readonly id?: number | undefined;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** A colour the canvas understands. */
  readonly color: string;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly when: string;
}

/** Marks closer than this would cover each other; the first one speaks for those behind it. */
const LEAST_APART_PX = 6;

/** Events in view, left to right, with those that would lie upon another put together. */
export function placeEvents(
  events: readonly ChartEvent[],
  x: (at: number) => number,
  width: number,
): { readonly left: number; readonly right: number; readonly all: readonly ChartEvent[] }[] {
  const result: { left: number; right: number; all: ChartEvent[] }[] = [];
  for (const one of [...events].sort((a, b) => a.from - b.from)) {
    const left = x(one.from);
    const right = x(one.to);
    if (right < 0 || left > width) continue;
    const last = result.at(-1);
    if (last !== undefined && left - last.left < LEAST_APART_PX && right - left < LEAST_APART_PX) last.all.push(one);
    else result.push({ left: Math.max(0, left), right: Math.min(width, right), all: [one] });
  }
  return result;
}

type Classes = Readonly<Record<string, string | undefined>>;

/** `onOpen`: a mark of a stored event was pressed; of several at one place, the newest. */
export function eventsPlugin(
  events: () => readonly ChartEvent[],
  classes: Classes,
  onOpen?: (id: number) => void,
): uPlot.Plugin {
  const strip = document.createElement("div");
  strip.className = classes.events ?? "";
  /** What the strip shows: a redraw that moves nothing must not take a mark away from under the pointer. */
  let shown = "";
  return {
    hooks: {
      ready: (plot) => {
        plot.over.appendChild(strip);
      },
      draw: (plot) => {
        const placed = placeEvents(events(), (at) => plot.valToPos(at / 1_000, "x"), plot.over.clientWidth);
        for (const one of placed) paintEvent(plot, one.left, one.right, one.all[0]?.color ?? "");
        const next = JSON.stringify(placed);
        if (next === shown) return;
        shown = next;
        // Long ones first: what comes later lies on top.
        const order = [...placed].sort((a, b) => b.right - b.left - (a.right - a.left));
        strip.replaceChildren(...order.map((one) => markOf(one, classes, onOpen)));
      },
    },
  };
}

function paintEvent(plot: uPlot, left: number, right: number, color: string): void {
  const ratio = devicePixelRatio || 1;
  const { ctx, bbox } = plot;
  const [from, to] = [bbox.left + left * ratio, bbox.left + right * ratio];
  ctx.save();
  if (to - from > ratio) {
    ctx.fillStyle = withAlpha(color, 0.09);
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  ctx.beginPath();
  for (const at of new Set([from, to])) {
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** More events at one place are counted. */
const MOST_TOLD = 6;

type PlacedEvents = ReturnType<typeof placeEvents>[number];

function markOf({ left, right, all }: PlacedEvents, classes: Classes, onOpen?: (id: number) => void): HTMLElement {
  const mark = element("div", classes.event);
  mark.style.left = `${left}px`;
  mark.style.width = `${Math.max(1, right - left)}px`;
  mark.style.color = all[0]?.color ?? "";
  mark.tabIndex = 0;
  mark.dataset.testid = "chart-event";
  mark.setAttribute("role", "note");
  mark.setAttribute("aria-label", all.map((one) => `${one.when}: ${one.title} ${one.text}`.trim()).join("; "));
  const box = element("div", classes.eventBox);
  for (const one of all.slice(0, MOST_TOLD)) {
    box.append(element("div", classes.tooltipTime, one.when));
    if (one.title !== "") box.append(element("div", classes.tooltipNear, one.title));
    if (one.text !== "") box.append(element("div", classes.eventText, one.text));
    if (one.tags.length > 0) box.append(element("div", classes.tooltipTime, one.tags.join(", ")));
  }
  if (all.length > MOST_TOLD) box.append(element("div", classes.tooltipTime, `and ${all.length - MOST_TOLD} more`));
  box.popover = "manual";
  const tell = () => {
    const { left: x, top: y } = mark.getBoundingClientRect();
    floatBeside(box, x, y);
  };
  for (const come of ["mouseenter", "focus"]) mark.addEventListener(come, tell);
  for (const go of ["mouseleave", "blur"]) mark.addEventListener(go, () => sink(box));
  mark.append(box);
  const id = all.findLast((one) => one.id !== undefined)?.id;
  if (id !== undefined && onOpen !== undefined) {
    mark.style.cursor = "pointer";
    // No drag of the chart begins on it.
    mark.addEventListener("mousedown", (event) => event.stopPropagation());
    mark.addEventListener("click", () => onOpen(id));
    mark.addEventListener("keydown", (event) => {
      if (event.key === "Enter") onOpen(id);
    });
  }
  return mark;
}

function element(tag: "div", className: string | undefined, text?: string): HTMLElement {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
