// Panels that show what another panel of the dashboard asks: they take its queries, and where they say so, its steps. Pure.
import type { Panel, Target } from "../types";

/** The source that means another panel. */
const OF_DASHBOARD = "-- Dashboard --";

export function withShared(panels: readonly Panel[]): Panel[] {
  const byId = new Map(panels.flatMap((one) => [one, ...one.panels]).map((one) => [one.id, one]));
  const fill = (panel: Panel): Panel => {
    const inner = panel.panels.length === 0 ? panel : { ...panel, panels: panel.panels.map(fill) };
    return panel.targets.some((one) => isShared(one, panel)) ? shared(inner, byId) : inner;
  };
  return panels.map(fill);
}

function isShared(target: Target, panel: Panel): boolean {
  return target.panelId !== undefined && (target.source ?? panel.source)?.uid === OF_DASHBOARD;
}

function shared(panel: Panel, byId: ReadonlyMap<number, Panel>): Panel {
  const targets: Target[] = [];
  const steps = [...panel.transformations];
  let base: Panel = panel;
  for (const target of panel.targets) {
    const of = isShared(target, panel) ? byId.get(target.panelId ?? 0) : undefined;
    // A panel of the library is asked again once it has come.
    if (of?.library !== undefined && of.targets.length === 0) {
      targets.push(target);
      continue;
    }
    // One that is another's itself, or nobody's, has nothing to give.
    if (of === undefined || of === panel || of.targets.some((one) => isShared(one, of))) continue;
    targets.push(...of.targets.map((one) => ({ ...one, source: one.source ?? of.source })));
    if (target.withSteps === true) steps.unshift(...of.transformations);
    base = of;
  }
  // The same questions at the same steps, so that both show the same numbers.
  const { interval, maxDataPoints } = base;
  return { ...panel, targets, transformations: steps, interval, maxDataPoints };
}
