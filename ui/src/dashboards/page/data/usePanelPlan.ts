// The requests of a panel as it stands on the page; undefined until the variables have their values.
import { useMemo } from "react";
import { useTime } from "../../../time/TimeContext";
import type { PlacedPanel } from "../../model/section";
import { type Plan, planPanel } from "../../query/plan";
import { variablesIn } from "../../variables/values";
import { useDashboard } from "../DashboardContext";

/** Widths are rounded down to this, so that a resize does not ask anew with every pixel. */
const WIDTH_QUANTUM = 100;

export function usePanelPlan({ panel, scope, inside }: PlacedPanel, width: number): Plan | undefined {
  const { dashboard, ready, ...page } = useDashboard();
  const variables = useMemo(() => variablesIn(page.variables, inside), [page.variables, inside]);
  const { range, raw, now } = useTime();
  const coarse = Math.max(WIDTH_QUANTUM, Math.floor(width / WIDTH_QUANTUM) * WIDTH_QUANTUM);
  return useMemo(
    () => (ready ? planPanel({ dashboard, panel, variables, scope, range, raw, now, width: coarse }) : undefined),
    [ready, dashboard, panel, variables, scope, range, raw, now, coarse],
  );
}
