// What the names in a panel's texts stand for as it stands on the page: repeats, variables, macros.
import { useMemo } from "react";
import { useTime } from "../../../time/TimeContext";
import type { PlacedPanel } from "../../model/section";
import type { Plan } from "../../query/plan";
import type { Lookup } from "../../variables/interpolate";
import { lookupOf, macroLookup, variablesIn } from "../../variables/values";
import { useDashboard } from "../DashboardContext";

/** The step that macros tell where nothing is asked, milliseconds. */
const USUAL_STEP_MS = 15_000;

export function usePanelLookup({ scope, inside }: PlacedPanel, plan: Plan | undefined): Lookup {
  const { dashboard, variables: all } = useDashboard();
  const { range, raw } = useTime();
  const stepMs = plan?.queries[0]?.stepMs ?? USUAL_STEP_MS;
  return useMemo(() => {
    const variables = variablesIn(all, inside);
    const clock = { range, raw, stepMs, scrapeMs: USUAL_STEP_MS };
    return lookupOf(variables, scope, macroLookup(clock, dashboard, variables), dashboard.inputs);
  }, [all, inside, scope, range, raw, stepMs, dashboard]);
}
