// The requests of a panel as it stands on the page; undefined until the variables have their values.
import { useMemo } from "react";
import { useTime } from "../../time/TimeContext";
import type { PlacedPanel } from "../model/section";
import { type Plan, planPanel } from "../query/plan";
import { useDashboard } from "./DashboardContext";

/** Widths are rounded down to this, so that a resize does not ask anew with every pixel. */
const WIDTH_QUANTUM = 100;

export function usePanelPlan({ panel, scope }: PlacedPanel, width: number): Plan | undefined {
  const { dashboard, variables, ready } = useDashboard();
  const { range, raw, now } = useTime();
  const coarse = Math.max(WIDTH_QUANTUM, Math.floor(width / WIDTH_QUANTUM) * WIDTH_QUANTUM);
  return useMemo(
    () => (ready ? planPanel({ dashboard, panel, variables, scope, range, raw, now, width: coarse }) : undefined),
    [ready, dashboard, panel, variables, scope, range, raw, now, coarse],
  );
}
