// Round times of the clock that is shown, as many as have room. Pure.
import { clockText, fits } from "../../../charts/axes/axes";
import type { Range } from "../../../time/range";
import { wallOf } from "../../../time/zone";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
const DAY_S = 86_400;
/** A label of a clock with air around it. */
const LABEL_PX = 76;

export interface Tick {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly x: number;
  readonly text: string;
}

export function timeTicks({ from, to }: Range, width: number): Tick[] {
  const span = to - from;
  if (span <= 0 || width <= 0) return [];
  const least = (span / 1_000) * (LABEL_PX / width);
  const step = (STEPS_S.find((one) => one >= least) ?? Math.ceil(least / DAY_S) * DAY_S) * 1_000;
  // Midnight is that of the wall.
  const ahead = wallOf(from).getTime() - from;
  const first = Math.ceil((from + ahead) / step) * step - ahead;
  const ticks: Tick[] = [];
  for (let at = first; at <= to; at += step) {
    const x = ((at - from) / span) * width;
    const text = clockText(at / 1_000, step / 1_000);
    if (fits(x, text, width)) ticks.push({ at, x, text });
  }
  return ticks;
}
