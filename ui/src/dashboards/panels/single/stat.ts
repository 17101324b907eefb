// How one big number stands in its box: beside its name or under it, how large each is, and how high the small chart is. Pure.
import { fitText } from "./fit";

export interface StatAsk {
  readonly width: number;
  readonly height: number;
  /** The longest of all numbers and names of the panel: alike boxes have letters of one size. */
  readonly values: readonly string[];
  readonly names: readonly string[];
  readonly named: boolean;
  readonly valued: boolean;
  readonly graph: boolean;
  readonly change: boolean;
  /** Name and number may stand beside each other where there is room. */
  readonly wide: boolean;
  readonly titleSize: number | undefined;
  readonly valueSize: number | undefined;
}

export interface StatLook {
  readonly beside: boolean;
  readonly titlePx: number;
  readonly valuePx: number;
  /** Zero: no chart. */
  readonly graphPx: number;
}

/** Wider than so many times its height a box has its name beside the number. */
const WIDE = 2.5;
const PAD_PX = 20;
const LINE = 1.2;
/** Larger letters are no easier to read. */
const MOST_VALUE_PX = 88;
const MOST_TITLE_PX = 24;
const LEAST_PX = 10;
/** A lower box has no room for a chart. */
const LEAST_GRAPH_BOX_PX = 64;

export function statLook(ask: StatAsk): StatLook {
  const { width, height, named, valued } = ask;
  const room = width - PAD_PX;
  const graphPx = ask.graph && height >= LEAST_GRAPH_BOX_PX ? Math.round(height * (named ? 0.3 : 0.38)) : 0;
  const beside = ask.wide && named && valued && width / height > WIDE;
  if (!valued) {
    const titlePx = ask.titleSize ?? clamp(fitText(ask.names, room, (height - graphPx - 8) * 0.6), MOST_VALUE_PX);
    return { beside: false, titlePx, valuePx: 0, graphPx };
  }
  const high = height - graphPx * (beside ? 0.6 : 0.75) - 8;
  const titleMost = beside ? high * 0.5 : Math.max(LEAST_PX + 1, high * 0.26);
  const titlePx = named
    ? (ask.titleSize ?? clamp(fitText(ask.names, room * (beside ? 0.5 : 1), titleMost), MOST_TITLE_PX))
    : 0;
  const changeShare = ask.change ? 0.72 : 1;
  const valueHigh = beside ? high : high - titlePx * LINE;
  const valueMost = (valueHigh / LINE) * (named ? 1 : 0.72) * changeShare;
  const valuePx = ask.valueSize ?? clamp(fitText(ask.values, room * (beside ? 0.48 : 1), valueMost), MOST_VALUE_PX);
  return { beside, titlePx, valuePx, graphPx };
}

function clamp(px: number, most: number): number {
  return Math.max(LEAST_PX, Math.min(most, Math.floor(px)));
}
