// The line at the moment under the pointer, shared with the other charts of the page: theirs is drawn here and ours there. It is moved
// by hand, since a panel of thousands of cells is not to be made anew with each move of the pointer.
import { useEffect, useRef } from "react";
import uPlot from "uplot";

/** What stands among the charts of one key in place of a chart. */
interface Tile {
  readonly pub: (type: string, source: uPlot, left: number) => void;
  readonly show: (at: number | undefined) => void;
}

/** `placeOf`: pixels of a moment, epoch milliseconds; undefined where it is not in view. */
export function useCrosshair(key: string | undefined, placeOf: (at: number) => number | undefined) {
  const line = useRef<HTMLDivElement>(null);
  const place = useRef(placeOf);
  useEffect(() => {
    place.current = placeOf;
  });
  const own = useRef<Tile>({
    show: (at) => {
      const element = line.current;
      const left = at === undefined ? undefined : place.current(at);
      if (element === null) return;
      element.hidden = left === undefined;
      if (left !== undefined) element.style.left = `${left}px`;
    },
    pub: (type, source, left) => {
      if (type === "mousemove") own.current.show(left < 0 ? undefined : source.posToVal(left, "x") * 1_000);
    },
  });
  useEffect(() => {
    if (key === undefined) return;
    const charts = uPlot.sync(key);
    const tile = own.current as unknown as uPlot;
    charts.sub(tile);
    return () => charts.unsub(tile);
  }, [key]);
  const tell = (at: number | undefined) => {
    own.current.show(at);
    if (key === undefined) return;
    for (const other of uPlot.sync(key).plots as readonly (uPlot | Tile)[]) {
      if (other === own.current) continue;
      if ("show" in other) other.show(at);
      else other.setCursor({ left: at === undefined ? AWAY : other.valToPos(at / 1_000, "x"), top: AWAY });
    }
  };
  return { line, tell };
}

/** A cursor there is not drawn. */
const AWAY = -10;
