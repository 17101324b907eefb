// What every time chart shares, whoever draws it: the axis of time, the pointer, bars, the nearest line. Pure but for uPlot.
import uPlot from "uplot";
import type { Range } from "../../time/range";
import { wallOf, zone } from "../../time/zone";
import type { Look } from "../options";

const AXIS_CHAR_PX = 6.4;

interface Drawn {
  readonly values: ArrayLike<unknown>;
}

/** The series within this of the pointer stands out. */
const FOCUS_PX = 24;
/** With more points the chart would be painted anew for longer than a frame each time another series stands out. */
const MOST_FOCUSED = 20_000;

/** Each series has a dot of its own that follows the pointer; of more than this they hide what they mark, and moving them takes frames. */
const MOST_DOTS = 100;

/** The pointer: a crosshair that all charts of one key share, a drag that selects and leaves the zooming to its listener. */
export function cursorOf(syncKey: string | undefined, series: readonly Drawn[]): uPlot.Cursor {
  const points = series.reduce((sum, one) => sum + one.values.length, 0);
  return {
    y: false,
    drag: { x: true, y: false, setScale: false },
    points: series.length > MOST_DOTS ? { show: false } : { size: 6, width: 1.5 },
    focus: { prox: points > MOST_FOCUSED ? -1 : FOCUS_PX },
    ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
  };
}

/** The scale of time; `range` is asked at each drawing. */
export function timeScale(range: () => Range): uPlot.Scale {
  return {
    time: true,
    range: () => {
      const { from, to } = range();
      return [from / 1_000, to / 1_000];
    },
  };
}

/** Days and hours of the axis begin by the clock that is shown. */
export function zoneDate(): Pick<uPlot.Options, "tzDate"> {
  const name = zone();
  return name === undefined ? {} : { tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), name) };
}

/** Room that one label of the clock needs, with air around it. */
const MOST_LABEL_PX = 90;
const LEAST_LABEL_PX = 56;

/** `wall` is the clock of a zone of its own. */
export function timeAxis(look: Look, width: number, wall = wallOf): uPlot.Axis {
  return {
    stroke: look.text,
    font: look.font,
    grid: { show: false },
    ticks: { show: true, stroke: look.grid, size: 4, width: 1 },
    size: 25,
    gap: 4,
    space: Math.max(LEAST_LABEL_PX, Math.min(MOST_LABEL_PX, width / 5)),
    values: (plot, splits, _axis, _space, increment) => {
      const left = plot.bbox.left / (devicePixelRatio || 1);
      return splits.map((at) => {
        const label = clockText(at, increment ?? 60, wall);
        return fits(left + plot.valToPos(at, "x"), label, plot.width) ? label : "";
      });
    },
  };
}

/** A label that would be cut by the edge of the chart is left out: half a number says something else. */
export function fits(middle: number, label: string, width: number): boolean {
  const half = (label.length * AXIS_CHAR_PX) / 2;
  return middle - half >= 0 && middle + half <= width;
}

/** Width of an axis of values: its longest label and `room` beside it. */
export function labelsWidth(labels: readonly (string | null)[] | null, room: number): number {
  const longest = (labels ?? []).reduce((most, one) => Math.max(most, one?.length ?? 0), 2);
  return Math.ceil(longest * AXIS_CHAR_PX) + room;
}

const TALLEST_LINE_PX = 44;
const LOWEST_LINE_PX = 18;

/** Four to six lines on a tall chart, two on a low one. */
export function lineSpace(height: number): number {
  return Math.min(TALLEST_LINE_PX, Math.max(LOWEST_LINE_PX, height / 5));
}

/** Bars that begin at their time (`1`), stand around it (`0`) or end there; they fill a part of the step, up to `most` pixels. */
export function barPaths(align: -1 | 0 | 1, part = 0.86, most = 60): uPlot.Series.PathBuilder {
  const build = uPlot.paths.bars;
  if (build === undefined) throw new Error("uPlot was built without bars");
  return build({ size: [part, most], align, gap: 0 });
}

/** A line needs two neighbours; a series of single samples is drawn as points so that nothing vanishes. */
export function isLonely(plot: uPlot, index: number): boolean {
  let run = 0;
  for (const value of plot.data[index] ?? []) {
    if (value === undefined) continue;
    run = value === null ? 0 : run + 1;
    if (run > 1) return false;
  }
  return true;
}

/** uPlot's index of the shown series whose value at `index` is closest to the pointer; -1 when there is none. */
export function nearestSeries(plot: uPlot, index: number, y: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let place = 1; place < plot.series.length; place += 1) {
    const value = plot.data[place]?.[index];
    const series = plot.series[place];
    if (value === null || value === undefined || series?.show === false) continue;
    const away = Math.abs(plot.valToPos(value, series?.scale ?? "y") - y);
    if (away < distance) {
      best = place;
      distance = away;
    }
  }
  return best;
}

/** Time of day, with the date at midnight and seconds or milliseconds only where they differ. */
export function clockText(seconds: number, increment: number, wall = wallOf): string {
  const date = wall(seconds * 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getUTCDate()} ${date.toLocaleString("en-US", { month: "short", timeZone: "UTC" })}`;
  if (increment >= 86_400) return day;
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  if (increment >= 60) return date.getUTCHours() === 0 && date.getUTCMinutes() === 0 ? day : clock;
  const full = `${clock}:${two(date.getUTCSeconds())}`;
  return increment >= 1 ? full : `${full}.${String(date.getUTCMilliseconds()).padStart(3, "0")}`;
}
