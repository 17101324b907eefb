// How high the one chart of a page is: a share of the window, so that a tall screen is used and a small one keeps room for the legend.
import { useSyncExternalStore } from "react";

/** Pixels. Lower than this, five grid lines crowd; also what a window of 900 pixels gets. */
const LEAST_PX = 340;
/** Pixels. Higher than this, a glance no longer takes in the whole curve. */
const MOST_PX = 640;
/** The chart's share of the window: top bar, query and the first rows of the legend take the rest. */
const SHARE = 0.37;

/** The height in pixels for a window of this height in pixels. */
export function chartHeight(windowPx: number): number {
  return Math.min(MOST_PX, Math.max(LEAST_PX, Math.round(windowPx * SHARE)));
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("resize", changed);
  return () => window.removeEventListener("resize", changed);
}

/** Follows the window. */
export function useChartHeight(): number {
  return useSyncExternalStore(subscribe, () => chartHeight(window.innerHeight));
}
