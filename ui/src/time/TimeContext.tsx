// The one time range of the page: raw as in the URL, resolved at the last run. A refresh resolves it anew; queries carry
// the resolved ends and the clock of the run in their keys, so that each run asks again, also for an absolute range.
import { createContext, useContext } from "react";
import type { Range, RawRange } from "./range";

export interface Time {
  readonly raw: RawRange;
  readonly range: Range;
  /** Clock of the last run, epoch milliseconds: "now" of everything on the page. */
  readonly now: number;
  readonly setRaw: (raw: RawRange) => void;
  /** Sets an absolute range and remembers the one before it for `back`. */
  readonly zoomTo: (range: Range) => void;
  readonly back: () => void;
  readonly refresh: () => void;
  /** Charts of the same name show the same moment under the pointer. */
  readonly crosshair: string;
}

export const TimeContext = createContext<Time | undefined>(undefined);

export function useTime(): Time {
  const time = useContext(TimeContext);
  if (time === undefined) throw new Error("useTime outside of the shell");
  return time;
}
