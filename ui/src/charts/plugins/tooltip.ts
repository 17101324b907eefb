// The box beside the crosshair: values of that moment, largest first unless told otherwise, the nearest series bold.
// Built from text nodes only: series names come from labels, and labels are hostile.
import type uPlot from "uplot";
import { absolute } from "../../time/range";
import { floatBeside, sink } from "../../ui/floating";

export interface TooltipRow {
  readonly name: string;
  readonly color: string;
  readonly value: number;
  readonly near: boolean;
  /** The value as it is shown, where series differ in their units. */
  readonly text?: string;
}

/** More rows hide the chart; the rest is counted. */
const MOST_ROWS = 12;

/** Largest first, smallest first, or as the series come. */
export type TooltipOrder = "desc" | "asc" | "none";

/** Rows in their order; when the nearest series is not among them it takes the last place. */
export function tooltipRows<R extends TooltipRow>(
  rows: readonly R[],
  order: TooltipOrder = "desc",
): { shown: R[]; left: number } {
  const sign = order === "asc" ? 1 : -1;
  const sorted = order === "none" ? rows : [...rows].sort((a, b) => sign * (a.value - b.value));
  const shown = sorted.slice(0, MOST_ROWS);
  const near = sorted.find((row) => row.near);
  if (near !== undefined && !shown.includes(near)) shown[MOST_ROWS - 1] = near;
  return { shown, left: sorted.length - shown.length };
}

export interface TooltipSource {
  /** Rows of data index `index`, `nearY` being the pointer in plot pixels, or none. */
  readonly rowsAt: (plot: uPlot, index: number, nearY: number | undefined) => TooltipRow[];
  readonly format: (value: number) => string;
  readonly note?: (plot: uPlot, index: number) => string | undefined;
  readonly order?: TooltipOrder;
  /** What the values are of; without it the time. */
  readonly head?: (at: number) => string;
  /** Pixels that the box may take. */
  readonly most?: { readonly width?: number | undefined; readonly height?: number | undefined };
}

type Classes = Readonly<Record<string, string | undefined>>;

export function tooltipPlugin(source: TooltipSource, classes: Classes): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = classes.tooltip ?? "";
  box.popover = "manual";
  if (source.most?.width !== undefined) box.style.maxWidth = `${source.most.width}px`;
  if (source.most?.height !== undefined) box.style.maxHeight = `${source.most.height}px`;
  return {
    hooks: {
      ready: (plot) => {
        plot.over.appendChild(box);
        plot.over.addEventListener("mouseleave", () => sink(box));
      },
      setCursor: (plot) => {
        const { idx, left = -1, top = -1 } = plot.cursor;
        const rows =
          idx === null || idx === undefined || left < 0 ? [] : source.rowsAt(plot, idx, top < 0 ? undefined : top);
        // A crosshair that another chart moves shows its line only; the box belongs to the chart under the pointer.
        const isOver = plot.over.matches(":hover");
        if (rows.length === 0 || !isOver || idx === null || idx === undefined) {
          sink(box);
          return;
        }
        fill(box, plot.data[0][idx] ?? 0, rows, source, classes, source.note?.(plot, idx));
        const corner = plot.over.getBoundingClientRect();
        floatBeside(box, corner.left + left, corner.top + top);
      },
    },
  };
}

function fill(
  box: HTMLElement,
  time: number,
  rows: readonly TooltipRow[],
  source: TooltipSource,
  classes: Classes,
  note: string | undefined,
): void {
  const { shown, left } = tooltipRows(rows, source.order);
  const told = shown.map((row) => ({ ...row, text: row.text ?? source.format(row.value) }));
  const notes = [...(left > 0 ? [`and ${left} more`] : []), ...(note === undefined ? [] : [note])];
  write(box, { head: (source.head ?? timeText)(time), rows: told, notes }, classes);
}

/** What a box says: of what, its values, and what else is to be known. */
export interface BoxWords {
  readonly head: string;
  readonly rows: readonly {
    readonly name: string;
    readonly color: string;
    readonly text: string;
    readonly near?: boolean;
  }[];
  readonly notes?: readonly string[];
}

function write(box: HTMLElement, { head, rows, notes = [] }: BoxWords, classes: Classes): void {
  const body = rows.map((row) => {
    const element = line(row.near === true ? classes.tooltipNear : classes.tooltipRow);
    const dot = line(classes.tooltipDot);
    dot.style.background = row.color;
    element.append(dot, line(classes.tooltipName, row.name), line(classes.tooltipValue, row.text));
    return element;
  });
  const tail = notes.map((one) => line(classes.tooltipTime, one));
  box.replaceChildren(line(classes.tooltipTime, head), ...body, ...tail);
}

/** A box whose words and place somebody else decides. */
export function boxPlugin(classes: Classes) {
  const box = document.createElement("div");
  box.className = classes.tooltip ?? "";
  box.popover = "manual";
  const hide = () => sink(box);
  return {
    hide,
    /** `x` and `y` as events of the pointer have them. */
    fill: (words: BoxWords, x: number, y: number) => {
      write(box, words, classes);
      floatBeside(box, x, y);
    },
    ready: (plot: uPlot) => {
      plot.over.appendChild(box);
      plot.over.addEventListener("mouseleave", hide);
    },
  };
}

const timeText = (seconds: number) => absolute(seconds * 1_000);

function line(className: string | undefined, text?: string): HTMLElement {
  const element = document.createElement("div");
  if (className !== undefined) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
