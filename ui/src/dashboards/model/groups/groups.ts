// Rows and tabs as the page edits them, whichever form the document has: by the path of their head.
import { type Json, record, text } from "../../../api/decode";
import { itemPath } from "../document";
import { elementsPath } from "../elements/elements";
import { type GridSettings, gridSettings } from "../elements/grids";
import {
  type GroupKind,
  groupKind,
  withGroupRepeat,
  withItemInGroup,
  withNewGroup,
  withoutGroup,
} from "../elements/groups";
import type { Layout } from "../elements/tree";
import { atPath, type Path, withPath } from "../patch/path";
import type { Dashboard, Panel } from "../types";
import { withClosedRow, withMovedListItem, withMovedRow, withNewRow, withoutRow, withPanelInRow } from "./rows";

export type { GroupKind } from "../elements/groups";

const isElements = (doc: Json) => elementsPath(doc) !== undefined;

export interface GroupSettings {
  readonly kind: GroupKind;
  readonly title: string;
  readonly repeat: string;
  readonly closed: boolean;
  /** How its panels stand; undefined where it holds rows or tabs, or in a document of the older form. */
  readonly grid: GridSettings | undefined;
}

/** undefined: the head stands for no row of the document, or for one of a form that is only read. */
export function groupSettings(doc: Json, path: Path | undefined): GroupSettings | undefined {
  if (path === undefined) return undefined;
  const json = record(atPath(doc, path));
  if (!isElements(doc)) {
    const closed = path[0] === "rows" ? json.collapse === true : json.collapsed === true;
    return { kind: "row", title: text(json.title), repeat: text(json.repeat), closed, grid: undefined };
  }
  const kind = groupKind(path);
  if (kind === undefined) return undefined;
  const spec = record(json.spec);
  const closed = spec.collapse === true || spec.collapsed === true;
  const grid = gridSettings(doc, [...path, "spec", "layout"]);
  return { kind, title: text(spec.title), repeat: text(record(spec.repeat).value), closed, grid };
}

export function withGroupTitle(doc: Json, path: Path, title: string): Json {
  return record(withPath(doc, isElements(doc) ? [...path, "spec", "title"] : [...path, "title"], title));
}

export function withGroupFor(doc: Json, path: Path, variable: string): Json {
  if (isElements(doc)) return withGroupRepeat(doc, path, variable);
  return record(withPath(doc, [...path, "repeat"], variable === "" ? undefined : variable));
}

export function withGroupClosed(doc: Json, path: Path, closed: boolean): Json {
  if (!isElements(doc)) return withClosedRow(doc, path, closed);
  return record(withPath(doc, [...path, "spec", "collapse"], closed));
}

export function withMovedGroup(doc: Json, path: Path, by: number): Json {
  return isElements(doc) ? withMovedListItem(doc, path, by) : withMovedRow(doc, path, by);
}

export function withoutGroupAt(doc: Json, path: Path, keepPanels: boolean): Json {
  return isElements(doc) ? withoutGroup(doc, path, keepPanels) : withoutRow(doc, path, keepPanels);
}

/** Tabs are of elements only. */
export function withGroup(doc: Json, kind: GroupKind, panels: readonly Panel[]): Json {
  const title = kind === "tab" ? "New tab" : "New row";
  if (isElements(doc)) return withNewGroup(doc, kind, title);
  const all = panels.flatMap((one) => [one, ...one.panels]);
  return withNewRow(doc, title, all.reduce((most, one) => Math.max(most, one.id), 0) + 1);
}

/** `undefined`: above all rows, which elements do not have. */
export function withPanelInGroup(doc: Json, panel: Panel, group: Path | undefined): Json {
  if (panel.path === undefined) return doc;
  if (!isElements(doc)) return withPanelInRow(doc, panel.path, group);
  const item = itemPath(doc, panel);
  return item === undefined || group === undefined ? doc : withItemInGroup(doc, item, group);
}

export interface Target {
  readonly title: string;
  /** undefined: above all rows. */
  readonly path: Path | undefined;
}

/** Rows and tabs that could hold a panel, without the one that does. */
export function groupsOf(dashboard: Dashboard, panel: Panel): Target[] {
  if (dashboard.layout !== undefined) {
    const name = panel.path?.at(-1);
    return leavesOf(dashboard.layout, "").filter((one) => !one.names.has(name));
  }
  const rows = dashboard.panels.filter((one) => one.type === "row" && one.path?.[0] === "panels");
  if (rows.length === 0 || panel.path?.length !== 2) return [];
  const sorted = [...rows].sort((a, b) => a.place.y - b.place.y);
  const own = sorted.findLast((one) => one.place.y <= panel.place.y);
  const targets = sorted.map((one): Target & { row: Panel } => ({
    title: one.title || "Row",
    path: one.path,
    row: one,
  }));
  const above: Target[] = own === undefined ? [] : [{ title: "Above all rows", path: undefined }];
  return [...above, ...targets.filter((one) => one.row !== own).map(({ title, path }) => ({ title, path }))];
}

function leavesOf(layout: Layout, before: string): (Target & { readonly names: ReadonlySet<unknown> })[] {
  if (layout.kind === "grid" || layout.kind === "auto") return [];
  return layout.groups.flatMap((one) => {
    const title = before === "" ? one.title : `${before} / ${one.title}`;
    const { layout: inner } = one;
    if (inner.kind !== "grid" && inner.kind !== "auto") return leavesOf(inner, title);
    if (groupKind(one.path) === undefined) return [];
    return [
      { title: title || "Row", path: one.path, names: new Set<unknown>(inner.items.map((item) => item.element)) },
    ];
  });
}

export interface Section {
  readonly title: string;
  readonly path: Path;
}

/** Rows and tabs that can bring variables along: those of dashboards of elements, each before what it holds. */
export function sectionsOf(dashboard: Dashboard): Section[] {
  return dashboard.layout === undefined ? [] : sectionsIn(dashboard.layout, "");
}

function sectionsIn(layout: Layout, before: string): Section[] {
  if (layout.kind === "grid" || layout.kind === "auto") return [];
  return layout.groups.flatMap(({ title, path, layout: inner }) => {
    const kind = groupKind(path);
    if (kind === undefined) return sectionsIn(inner, before);
    const name = `${before}${kind === "tab" ? "Tab" : "Row"} ${title || "without a title"}`;
    return [{ title: name, path }, ...sectionsIn(inner, `${name} / `)];
  });
}
