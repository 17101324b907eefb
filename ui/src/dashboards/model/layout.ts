// From the stored panels to what is on the page: rows open or closed, repeats expanded, everything at its place.
import { placeLayout } from "./elements/place";
import { copiesOf, keyOf, type PlacedPanel, placeSection, type View } from "./section";
import { type Dashboard, GRID_COLUMNS, type Panel } from "./types";

/** One row with the panels under it. */
export interface Section {
  readonly head: Panel | undefined;
  readonly panels: readonly Panel[];
}

export function layoutPanels(dashboard: Dashboard, view: View): PlacedPanel[] {
  if (dashboard.layout !== undefined) return placeLayout(dashboard.layout, elementsOf(dashboard), view);
  const result: PlacedPanel[] = [];
  let y = 0;
  for (const section of sections(dashboard.panels)) {
    for (const [copy, scope] of copiesOf(section.head?.repeat ?? "", view.valuesOf).entries()) {
      const key = section.head === undefined ? "" : keyOf(section.head, copy);
      if (section.head !== undefined) {
        result.push({ key, panel: section.head, place: { x: 0, y, w: GRID_COLUMNS, h: 1 }, scope });
        y += 1;
        if (!view.isOpen(section.head, key)) continue;
      }
      const placed = placeSection(section.panels, view.valuesOf, scope, copy === 0 ? "" : `${key}-`);
      for (const one of placed) result.push({ ...one, place: { ...one.place, y: one.place.y + y } });
      y += placed.reduce((most, one) => Math.max(most, one.place.y + one.place.h), 0);
    }
  }
  return result;
}

/** Panels by the last step of their path, which is the name of their element. */
function elementsOf(dashboard: Dashboard): Map<string, Panel> {
  return new Map(dashboard.panels.map((one) => [String(one.path?.at(-1) ?? ""), one]));
}

/** Panels under the row above them; those above all rows have no head. */
export function sections(panels: readonly Panel[]): Section[] {
  const sorted = [...panels].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
  const result: { head: Panel | undefined; panels: Panel[] }[] = [{ head: undefined, panels: [] }];
  for (const panel of sorted) {
    if (panel.type === "row") result.push({ head: panel, panels: [...panel.panels] });
    else result.at(-1)?.panels.push(panel);
  }
  return result.filter((one) => one.head !== undefined || one.panels.length > 0);
}
