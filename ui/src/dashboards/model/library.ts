// Panels that become references to the library, and references that become panels of the dashboard again. Pure.
import type { LibraryElement } from "../../api/dashboards/library";
import { type Json, record } from "../../api/decode";
import { panelJson, settingsOf, toElement, withPanelJson } from "./document";
import { elementsPath } from "./elements/elements";
import { parsePanel } from "./parse";
import { withShared } from "./parts/shared";
import type { Panel } from "./types";

/** What the library keeps of a panel: everything but its place here. */
export function libraryModel(doc: Json, panel: Panel): Json {
  const { id: _id, gridPos: _place, ...model } = settingsOf(doc, panel);
  return model;
}

export function withLibrary(doc: Json, panel: Panel, { uid, name }: LibraryElement): Json {
  const before = panelJson(doc, panel);
  const libraryPanel = { uid, name };
  if (elementsPath(doc) !== undefined) {
    return withPanelJson(doc, panel, toElement({ title: panel.title, libraryPanel }, panel.id));
  }
  const { id, gridPos, title } = before;
  return withPanelJson(doc, panel, { id, gridPos, title, libraryPanel });
}

export function withoutLibrary(doc: Json, panel: Panel, elements: ReadonlyMap<string, LibraryElement>): Json {
  const element = elements.get(panel.library?.uid ?? "");
  if (element === undefined) return doc;
  const { libraryPanel: _reference, ...model } = element.model;
  const named = { ...model, title: panel.title };
  if (elementsPath(doc) !== undefined) return withPanelJson(doc, panel, toElement(named, panel.id));
  const { id, gridPos } = record(panelJson(doc, panel));
  return withPanelJson(doc, panel, { ...named, id, gridPos });
}

/** Panels with those of the library in their places; what shows another panel's data may show one of these. */
export function filledFromLibrary(
  panels: readonly Panel[],
  elements: ReadonlyMap<string, LibraryElement>,
): readonly Panel[] {
  const fill = (panel: Panel): Panel => ({
    ...fromLibrary(panel, elements),
    panels: panel.panels.map((one) => fromLibrary(one, elements)),
  });
  return withShared(panels.map(fill));
}

/** The panel of the library at the place, and with the title, that the dashboard gives it. */
export function fromLibrary(panel: Panel, elements: ReadonlyMap<string, LibraryElement>): Panel {
  const element = panel.library === undefined ? undefined : elements.get(panel.library.uid);
  if (element === undefined) return panel;
  const { id, path, library, place, repeat, repeatDirection, maxPerRow } = panel;
  const made = parsePanel(element.model);
  return {
    ...made,
    id,
    path,
    library,
    place,
    repeat,
    repeatDirection,
    maxPerRow,
    title: panel.title || made.title || element.name,
  };
}
