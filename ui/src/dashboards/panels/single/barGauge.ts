// Which way the bars of a bar gauge go, where their names stand, and how large all of it is. Pure.
import { fitText, textEm } from "./fit";

export interface BarAsk {
  readonly width: number;
  readonly height: number;
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly orientation: string;
  readonly namePlacement: string;
  /** Sizes of the options hold instead of those of the panel. */
  readonly manual: boolean;
  readonly minWidth: number | undefined;
  readonly minHeight: number | undefined;
  readonly maxHeight: number | undefined;
  readonly valued: boolean;
  readonly titleSize: number | undefined;
  readonly valueSize: number | undefined;
}

export interface BarLook {
  readonly lying: boolean;
  readonly name: "left" | "top" | "below" | "hidden";
  /** Width of the names where they stand at the left. */
  readonly nameWidth: number;
  readonly namePx: number;
  readonly valuePx: number;
  /** Room of the numbers beside lying bars. */
  readonly valueWidth: number;
  readonly box: {
    readonly minHeight?: number;
    readonly maxHeight?: number;
    readonly minWidth?: number;
    readonly flex: string;
  };
}

const PAD_PX = 24;
const GAP_PX = 8;
/** Names of narrower columns would be no words: such bars lie. */
const LEAST_COLUMN_PX = 44;
/** Lower rows have their names at the left. */
const LOW_ROW_PX = 44;
const LEAST_ROW_PX = 18;
const MOST_ROW_PX = 300;
const MOST_PX = 40;

export function barLook(ask: BarAsk): BarLook {
  const count = Math.max(1, ask.names.length);
  const column = (ask.width - PAD_PX) / count - GAP_PX;
  const isWide = ask.width > ask.height && (ask.manual || column >= LEAST_COLUMN_PX);
  const lying = ask.orientation === "horizontal" || (ask.orientation !== "vertical" && !isWide);
  return lying ? lyingLook(ask, count) : standingLook(ask, column);
}

function lyingLook(ask: BarAsk, count: number): BarLook {
  const minHeight = ask.manual ? (ask.minHeight ?? 16) : LEAST_ROW_PX;
  const maxHeight = ask.manual ? (ask.maxHeight ?? MOST_ROW_PX) : MOST_ROW_PX;
  const row = Math.max(minHeight, Math.min(maxHeight, (ask.height - 10) / count - GAP_PX));
  const width = ask.width - PAD_PX;
  const asked = ask.namePlacement;
  const isSmall = width < 260;
  const name =
    asked === "left" || asked === "top" || asked === "hidden"
      ? asked
      : row >= LOW_ROW_PX || (isSmall && row >= LOW_ROW_PX - 10)
        ? "top"
        : "left";
  const namePx = ask.titleSize ?? Math.max(11, Math.min(18, name === "top" ? row * 0.26 : row * 0.5));
  const longest = ask.names.reduce((most, one) => Math.max(most, textEm(one)), 0) * namePx + 6;
  const barHigh = name === "top" ? row - namePx * 1.3 : row;
  const valuePx = !ask.valued
    ? 0
    : (ask.valueSize ?? Math.max(11, fitText(ask.values, width * 0.32, Math.min(MOST_PX, barHigh * 0.62))));
  return {
    lying: true,
    name,
    nameWidth: name === "left" ? Math.min(longest, width * 0.4) : 0,
    namePx,
    valuePx,
    valueWidth: ask.values.reduce((most, one) => Math.max(most, textEm(one)), 0) * valuePx + 2,
    box: { minHeight: name === "top" ? Math.max(minHeight, 34) : minHeight, maxHeight, flex: "1 1 0" },
  };
}

function standingLook(ask: BarAsk, column: number): BarLook {
  const least = ask.manual ? (ask.minWidth ?? 8) : 8;
  const width = Math.max(least, column);
  const namePx = ask.titleSize ?? Math.max(11, Math.min(16, fitText(ask.names, width, ask.height * 0.09)));
  const valuePx = ask.valueSize ?? Math.max(10, fitText(ask.values, width, Math.min(MOST_PX, ask.height * 0.16)));
  return {
    lying: false,
    name: ask.namePlacement === "hidden" ? "hidden" : "below",
    nameWidth: 0,
    namePx,
    valuePx: ask.valued ? valuePx : 0,
    valueWidth: 0,
    box: { minWidth: least, flex: "1 1 0" },
  };
}
