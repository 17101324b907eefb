// The axis that series are drawn over: time, by one clock or by several, or numbers.
import { useMemo } from "react";
import type uPlot from "uplot";
import { texts } from "../../../api/decode";
import { fits, labelsWidth, timeAxis, timeScale } from "../../../charts/axes/axes";
import { axisTexts } from "../../../charts/axes/axisTexts";
import type { Look } from "../../../charts/options";
import type { Range } from "../../../time/range";
import { shownRange } from "../../../time/step";
import { browserZone, readZone, wallIn } from "../../../time/zone";
import type { DataFrame } from "../../data/frame";
import { valueText } from "../../field/show";
import type { FieldOptions } from "../../model/types";
import type { NumberAxis } from "../compute/series";
import type { Across } from "./plot";

export type XAxis =
  | { readonly kind: "time"; readonly zones: readonly string[]; readonly isHidden?: boolean }
  | ({ readonly kind: "number" } & NumberAxis);

interface Live {
  readonly range: () => Range;
  readonly times: () => readonly number[];
  readonly look: Look;
  readonly width: number;
}

/** The axis of time as a panel and the field of its times want it, the same until one of them changes. */
export function useTimeAcross(zones: unknown, frames: readonly DataFrame[]): XAxis {
  const time = frames.flatMap((one) => one.fields).find((one) => one.type === "time");
  const isHidden = time?.config.custom.axisPlacement === "hidden";
  return useMemo(() => ({ kind: "time", zones: texts(zones), isHidden }), [zones, isHidden]);
}

export function acrossOf(x: XAxis, live: Live): Across {
  if (x.kind === "number") return { scale: numberScale(x.config), axes: [numberAxis(x, live.look, live.width)] };
  const scale = timeScale(() => shownRange(live.range(), live.times()));
  if (x.isHidden === true) return { scale, axes: [{ show: false }] };
  return {
    scale,
    axes: x.zones.length === 0 ? [timeAxis(live.look, live.width)] : x.zones.map((zone) => zoneAxis(zone, x, live)),
  };
}

/** Names of zones as a panel writes them: `browser`, `utc`, or those of the world. */
function zoneAxis(written: string, { zones }: { zones: readonly string[] }, { look, width }: Live): uPlot.Axis {
  const name = readZone(written) ?? browserZone();
  const axis = timeAxis(look, width, wallIn(name));
  if (zones.length === 1) return axis;
  // With several, the first label of each says whose clock it is.
  const short = name.replace(/^.*\//, "").replaceAll("_", " ");
  const { values } = axis;
  return {
    ...axis,
    scale: "x",
    side: 2,
    values: (plot, splits, index, space, increment) => {
      const told = typeof values === "function" ? values(plot, splits, index, space, increment) : [];
      const first = told.findIndex((one) => one !== "" && one !== null);
      return told.map((one, at) => (at === first ? `${one} ${short}` : one));
    },
  };
}

function numberScale({ min, max }: FieldOptions): uPlot.Scale {
  return {
    time: false,
    range: (_plot, low, high) => {
      const from = min ?? low ?? 0;
      const to = max ?? high ?? 1;
      return to > from ? [from, to] : [from - 1, from + 1];
    },
  };
}

function numberAxis({ config }: { config: FieldOptions }, look: Look, width: number): uPlot.Axis {
  const { axisLabel } = config.custom;
  return {
    stroke: look.text,
    font: look.font,
    grid: { show: false },
    ticks: { show: true, stroke: look.grid, size: 4, width: 1 },
    size: 25,
    gap: 4,
    space: (_plot, _axis, low, high) =>
      Math.min(width / 3, labelsWidth([valueText(low, config), valueText(high, config)], 24)),
    ...(typeof axisLabel === "string" && axisLabel !== ""
      ? { label: axisLabel, labelFont: look.font, labelSize: 16, labelGap: 0 }
      : {}),
    values: (plot, splits) => {
      const left = plot.bbox.left / (devicePixelRatio || 1);
      const told = axisTexts(splits, (value) => valueText(value, config));
      return told.map((one, at) => (fits(left + plot.valToPos(splits[at] ?? 0, "x"), one, plot.width) ? one : ""));
    },
  };
}

/** What the tooltip says of a number; of a time it says when, by itself. */
export function headOf(x: XAxis): { readonly head?: (at: number) => string } {
  return x.kind === "time" ? {} : { head: (at) => `${x.name}: ${valueText(at, x.config)}` };
}
