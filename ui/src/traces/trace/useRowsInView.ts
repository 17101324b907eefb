// Which rows of equal height are in a scroller's view. It costs the rows on screen, whatever the list holds.
import { type RefObject, useCallback, useEffect, useState } from "react";
import { flushSync } from "react-dom";

export interface Rows {
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
}

/** The rows of a list of `size` that a view of `height` pixels shows, and `spare` more on either side. Pure. */
export function rowsInView(top: number, height: number, rowPx: number, size: number, spare: number): Rows {
  const end = Math.min(size, Math.max(0, Math.ceil((top + height) / rowPx) + spare));
  return { first: Math.min(end, Math.max(0, Math.floor(top / rowPx) - spare)), end };
}

/** Where a view has to be scrolled to so that it shows the row: as it is when it does already. Pure. */
export function topShowing(row: number, top: number, height: number, rowPx: number): number {
  const start = row * rowPx;
  if (start < top) return start;
  return start + rowPx > top + height ? start + rowPx - height : top;
}

interface Options {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly size: number;
  readonly rowPx: number;
  readonly spare: number;
}

const NOTHING = { top: 0, height: 0 };

export function useRowsInView({ scroller, size, rowPx, spare }: Options): [Rows, (row: number) => void] {
  const [view, setView] = useState(NOTHING);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const read = () => setView({ top: element.scrollTop, height: element.clientHeight });
    // Within the frame of the scroll, or it would show rows that are not there yet.
    const follow = () => flushSync(read);
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", follow, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", follow);
    };
  }, [scroller]);
  const show = useCallback(
    (row: number) => {
      const element = scroller.current;
      if (element !== null) element.scrollTop = topShowing(row, element.scrollTop, element.clientHeight, rowPx);
    },
    [scroller, rowPx],
  );
  return [rowsInView(view.top, view.height, rowPx, size, spare), show];
}
