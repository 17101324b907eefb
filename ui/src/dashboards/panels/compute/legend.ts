// Where a panel's legend stands and how much room it takes. Pure.
import { number, record, text, texts } from "../../../api/decode";

export interface LegendPlace {
  readonly side: "none" | "bottom" | "right";
  readonly mode: "list" | "table";
  readonly calcs: readonly string[];
  /** Width at the right, height at the bottom. */
  readonly px: number;
  /** The words over the column that decides the order; empty: as the series came. */
  readonly sortBy: string;
  readonly sortDown: boolean;
  /** Names beyond this are counted; undefined: all are there. */
  readonly limit?: number | undefined;
}

/** Width of one column of figures: ten digits and a unit. */
export const FIGURE_PX = 76;

/** What a name needs beside its figures, and what a long one is given. */
const LEAST_NAME_PX = 96;
const MOST_NAME_PX = 180;

const LINE_PX = 24;
/** Below this a panel has no room for a legend. */
const LEAST_HEIGHT = 110;
const LEAST_WIDTH_RIGHT = 380;

/** What a chart keeps beside a legend of any width. */
const LEAST_PLOT_PX = 120;

/** Swatch, gaps and letters of one name of a list, about. */
const NAME_PX = 34;
const LETTER_PX = 6.6;

export function legendPlace(options: unknown, width: number, height: number, names: readonly string[]): LegendPlace {
  const json = record(options);
  const limit = number(json.limit);
  const series = Math.min(names.length, limit ?? names.length);
  const calcs = texts(json.calcs);
  const mode = json.displayMode === "table" ? "table" : "list";
  const how = { mode, calcs, sortBy: text(json.sortBy), sortDown: json.sortDesc === true, limit } as const;
  const isOff = json.showLegend === false || json.displayMode === "hidden" || height < LEAST_HEIGHT || series === 0;
  if (isOff) return { side: "none", ...how, px: 0 };
  if (json.placement === "right" && width >= LEAST_WIDTH_RIGHT) {
    const asked = number(json.width);
    if (asked !== undefined && asked > 0) return { side: "right", ...how, px: Math.min(width - LEAST_PLOT_PX, asked) };
    const figures = calcs.length * FIGURE_PX;
    const usual = Math.min(width * 0.45, mode === "table" ? 160 + figures : 180 + calcs.length * 50);
    // A table of figures without names says nothing.
    const longest = names.reduce((most, one) => Math.max(most, one.length), 0) * LETTER_PX + NAME_PX + 20;
    const least = mode === "table" ? Math.max(LEAST_NAME_PX, Math.min(longest, MOST_NAME_PX)) + figures : 0;
    return { side: "right", ...how, px: Math.round(Math.min(width * 0.6, Math.max(usual, least))) };
  }
  const lines = mode === "table" ? series + 1 : wrappedLines(names.slice(0, series), calcs.length, width - 24);
  const px = Math.min(lines * LINE_PX, Math.floor((height * 0.38) / LINE_PX) * LINE_PX || LINE_PX);
  return { side: "bottom", ...how, px };
}

/** Lines that a list of names takes when it wraps. */
function wrappedLines(names: readonly string[], calcs: number, width: number): number {
  let lines = 1;
  let x = 0;
  for (const name of names) {
    const size = Math.min(width, NAME_PX + name.length * LETTER_PX + calcs * 90);
    if (x > 0 && x + size > width) {
      lines += 1;
      x = 0;
    }
    x += size;
  }
  return lines;
}
