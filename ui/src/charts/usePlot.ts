// The life of one uPlot: made anew when its shape changes, fed when values do, cleared away at the end. New values go into
// the living chart, so that a refresh disturbs neither a drag nor the pointer.
import { type RefObject, useEffect, useEffectEvent, useRef } from "react";
import type uPlot from "uplot";

interface Life<State> {
  readonly host: RefObject<HTMLElement | null>;
  readonly width: number;
  readonly height: number;
  /** What the chart draws now, out of the latest properties. */
  readonly draw: () => State;
  readonly columns: (state: State) => uPlot.AlignedData;
  /** Makes the chart; `live` gives what it shows at any later time, for its plugins. */
  readonly build: (element: HTMLElement, first: State, live: () => State) => uPlot;
  /** Whatever of this differs asks for a new chart. */
  readonly shape: readonly unknown[];
  /** Whatever of this differs brings new values. */
  readonly fresh: readonly unknown[];
  /** Name of the series that the legend points at. */
  readonly pointed: string | undefined;
}

/** A chart smaller than this has nothing to show. */
const LEAST_PX = 20;

export function usePlot<State>(life: Life<State>): void {
  const { host, width, height, shape, fresh, pointed } = life;
  const plot = useRef<uPlot | undefined>(undefined);
  const live = useRef<State | undefined>(undefined);
  const fed = useRef<readonly unknown[]>([]);
  const hasRoom = width >= LEAST_PX && height >= LEAST_PX;
  const make = useEffectEvent((element: HTMLElement): uPlot => {
    const first = life.draw();
    live.current = first;
    fed.current = fresh;
    return life.build(element, first, () => live.current ?? first);
  });
  const feed = useEffectEvent((chart: uPlot) => {
    if (fed.current.every((one, index) => one === fresh[index])) return;
    fed.current = fresh;
    live.current = life.draw();
    chart.setData(life.columns(live.current), true);
  });
  const resize = useEffectEvent((chart: uPlot) => {
    if (chart.width !== width || chart.height !== height) chart.setSize({ width, height });
  });

  useEffect(() => {
    const element = host.current;
    if (element === null || !hasRoom) return;
    const chart = make(element);
    plot.current = chart;
    return () => {
      plot.current = undefined;
      live.current = undefined;
      chart.destroy();
    };
  }, [host, hasRoom, ...shape]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the size says when
  useEffect(() => {
    if (plot.current !== undefined && hasRoom) resize(plot.current);
  }, [width, height, hasRoom]);

  useEffect(() => {
    if (plot.current !== undefined) feed(plot.current);
  }, [...fresh]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    const index = chart.series.findIndex((one) => one.label === pointed);
    chart.setSeries(index > 0 ? index : null, { focus: true });
  }, [pointed]);
}
