// Takes a snapshot: asks what every panel of the dashboard asks, wherever it stands, and puts the answers in its place.
import { readLibrary } from "../../api/dashboards/library";
import type { Json } from "../../api/decode";
import { absoluteRange, type Range, type RawRange } from "../../time/range";
import { layoutPanels } from "../model/layout";
import { withoutLibrary } from "../model/library";
import { type PlacedPanel, wholeView } from "../model/section";
import { GRID_COLUMNS, type Panel } from "../model/types";
import type { DashboardState } from "../page/DashboardContext";
import { WITHOUT_QUERIES } from "../panels/PanelBody";
import { planPanel } from "../query/plan";
import { runPlan } from "../query/run";
import { repeatValues, variablesIn } from "../variables/values";
import { type Kept, snapshotOf } from "./written";

export interface Taking {
  readonly state: Pick<DashboardState, "dashboard" | "variables" | "events">;
  readonly range: Range;
  readonly raw: RawRange;
  readonly now: number;
}

export interface Taken {
  readonly json: Json;
  /** Titles of panels that had no answer, and why. */
  readonly failed: readonly string[];
}

/** As many panels are asked at once as browsers send requests to one server. */
const AT_ONCE = 6;

/** As wide as a panel over the whole page. */
const PAGE_PX = 1_400;

export async function takeSnapshot(
  { state, range, raw, now }: Taking,
  onDone: (done: number, all: number) => void,
  signal: AbortSignal,
): Promise<Taken> {
  const { dashboard, variables, events } = state;
  const asking = layoutPanels(
    dashboard,
    wholeView((name) => repeatValues(variables.get(name))),
  ).filter(isAsking);
  const failed: string[] = [];
  const kept: Kept[] = [];
  let next = 0;
  const work = async () => {
    for (let one = asking[next++]; one !== undefined; one = asking[next++]) {
      signal.throwIfAborted();
      const { panel, scope, inside, place } = one;
      const width = Math.round((place.w / GRID_COLUMNS) * PAGE_PX);
      const input = { dashboard, panel, variables: variablesIn(variables, inside), scope, range, raw, now, width };
      try {
        const bare = panel.transformations.every((step) => step.disabled);
        kept.push({ panel, scope, frames: (await runPlan(planPanel(input).queries, panel.type, bare, signal)).frames });
      } catch (cause) {
        signal.throwIfAborted();
        failed.push(`${panel.title || "Untitled"}: ${cause instanceof Error ? cause.message : String(cause)}`);
        kept.push({ panel, scope, frames: [] });
      }
      onDone(kept.length, asking.length);
    }
  };
  onDone(0, asking.length);
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const doc = await withLibraryPanels(dashboard.json, dashboard.panels, signal);
  return { json: snapshotOf(doc, { dashboard, variables, events, ...absoluteRange(range) }, kept), failed };
}

/** What is kept already, as that of a snapshot, stays as it is. */
function isAsking({ panel, tabs }: PlacedPanel): boolean {
  return tabs === undefined && panel.kept === undefined && !WITHOUT_QUERIES.has(panel.type ?? "");
}

async function withLibraryPanels(doc: Json, panels: readonly Panel[], signal: AbortSignal): Promise<Json> {
  const all = panels.flatMap((one) => [one, ...one.panels]).filter((one) => one.library !== undefined);
  const uids = [...new Set(all.flatMap((one) => one.library?.uid ?? []))];
  const found = await Promise.all(uids.map((uid) => readLibrary(uid, signal).catch(() => undefined)));
  const elements = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.uid, one] as const])));
  return all.reduce((before, panel) => withoutLibrary(before, panel, elements), doc);
}
