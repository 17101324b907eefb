// The time of a pane: that of the page, or its own, which the URL holds beside it. Everything in the pane asks `useTime`.
import { type ReactNode, useMemo, useRef } from "react";
import { absoluteRange, type Range, type RawRange, resolveRange } from "../time/range";
import { type Time, TimeContext, useTime } from "../time/TimeContext";
import { useExplore } from "./useExplore";

/** As many zoom steps back as anyone would take. */
const MOST_STEPS_BACK = 50;

export function PaneTime({ children }: { children: ReactNode }) {
  const page = useTime();
  const { own, setOwn } = useExplore();
  const earlier = useRef<RawRange[]>([]);
  const from = own?.from;
  const to = own?.to;
  const time = useMemo((): Time => {
    if (from === undefined || to === undefined) return page;
    const raw = { from, to };
    return {
      ...page,
      raw,
      range: resolveRange(raw, page.now),
      crosshair: "pane",
      setRaw: (next) => {
        setOwn(next);
        page.refresh();
      },
      zoomTo: (range: Range) => {
        earlier.current = [...earlier.current.slice(1 - MOST_STEPS_BACK), raw];
        setOwn(absoluteRange(range));
      },
      back: () => {
        const before = earlier.current.pop();
        if (before !== undefined) setOwn(before);
      },
    };
  }, [page, from, to, setOwn]);
  return <TimeContext value={time}>{children}</TimeContext>;
}
