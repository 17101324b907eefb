// Rows and tabs of dashboards of elements: made, named, moved, repeated, taken away; and panels moved from one to another.
// A layout that is one grid becomes the first of two rows or tabs when one more is asked for.
import { type Json, list, number, record, text } from "../../../api/decode";
import { atPath, type Path, withPath } from "../patch/path";
import { elementsPath } from "./elements";

export type GroupKind = "row" | "tab";

const KINDS = {
  row: { layout: "RowsLayout", list: "rows", item: "RowsLayoutRow" },
  tab: { layout: "TabsLayout", list: "tabs", item: "TabsLayoutTab" },
} as const;

const change = (doc: Json, path: Path, value: unknown): Json => record(withPath(doc, path, value));

const EMPTY_GRID = { kind: "GridLayout", spec: { items: [] } };

function groupOf(kind: GroupKind, title: string, layout: unknown): Json {
  const closed = kind === "row" ? { collapse: false } : {};
  return { kind: KINDS[kind].item, spec: { title, ...closed, layout } };
}

/** The kind of a group by its place in the document. */
export function groupKind(path: Path): GroupKind | undefined {
  const name = path.at(-2);
  if (typeof path.at(-1) !== "number") return undefined;
  return name === "rows" ? "row" : name === "tabs" ? "tab" : undefined;
}

/** A new row or tab at the end of the outermost layout of its kind; another layout goes into the first one. */
export function withNewGroup(doc: Json, kind: GroupKind, title: string): Json {
  const base = elementsPath(doc);
  if (base === undefined) return doc;
  const path: Path = [...base, "layout"];
  const layout = record(atPath(doc, path));
  const words = KINDS[kind];
  const inside = insideFor(doc, path, words.layout);
  if (inside !== undefined) {
    const items: Path = [...inside, "spec", words.list];
    return change(doc, [...items, list(atPath(doc, items)).length], groupOf(kind, title, EMPTY_GRID));
  }
  const isEmpty = list(record(layout.spec).items).length === 0 && record(layout.spec).items !== undefined;
  const before =
    layout.kind === undefined || isEmpty ? [] : [groupOf(kind, kind === "tab" ? "First tab" : "First row", layout)];
  const groups = [...before, groupOf(kind, title, EMPTY_GRID)];
  return change(doc, path, { kind: words.layout, spec: { [words.list]: groups } });
}

/** The layout that takes one more: the outermost of the kind, looked for in the first of what is around it. */
function insideFor(doc: Json, path: Path, kind: string): Path | undefined {
  const layout = record(atPath(doc, path));
  if (layout.kind === kind) return path;
  // Rows stand in tabs; a tab is never looked for in rows.
  if (kind !== "RowsLayout" || layout.kind !== "TabsLayout") return undefined;
  const last = list(record(layout.spec).tabs).length - 1;
  return last < 0 ? undefined : insideFor(doc, [...path, "spec", "tabs", last, "spec", "layout"], kind);
}

export function withGroupRepeat(doc: Json, path: Path, variable: string): Json {
  const at: Path = [...path, "spec", "repeat"];
  if (variable === "") return change(doc, at, undefined);
  return change(doc, at, { ...record(atPath(doc, at)), mode: "variable", value: variable });
}

/** The group goes, and the elements that only it shows go with it; or its panels go to the neighbour. */
export function withoutGroup(doc: Json, path: Path, keepPanels: boolean): Json {
  const at = path.at(-1);
  if (typeof at !== "number") return doc;
  const parent = path.slice(0, -1);
  const groups = list(atPath(doc, parent));
  const layout = record(atPath(doc, [...path, "spec", "layout"]));
  if (!keepPanels) {
    const names = namesIn(layout);
    const rest = change(doc, path, undefined);
    const kept = new Set(namesIn(atPath(rest, [...(elementsPath(doc) ?? []), "layout"])));
    return names
      .filter((one) => !kept.has(one))
      .reduce((before, name) => change(before, [...(elementsPath(doc) ?? []), "elements", name], undefined), rest);
  }
  // The only one: what it holds stands by itself again.
  if (groups.length === 1) return change(doc, parent.slice(0, -2), layout);
  const to = at > 0 ? at - 1 : at + 1;
  const target: Path = [...parent, to, "spec", "layout"];
  const into = record(atPath(doc, target));
  const isGrid = (one: Json) => record(one.spec).items !== undefined;
  if (!isGrid(into) || !isGrid(layout)) return doc;
  const filled = list(record(layout.spec).items).reduce<Json>(
    (before, one) => withItem(before, target, record(one)),
    doc,
  );
  return change(filled, path, undefined);
}

function namesIn(layout: unknown): string[] {
  if (Array.isArray(layout)) return layout.flatMap(namesIn);
  if (typeof layout !== "object" || layout === null) return [];
  const json = record(layout);
  if (json.kind === "ElementReference") return [text(json.name)];
  return Object.values(json).flatMap(namesIn);
}

/** An item at the end of a grid, in the words of that grid. */
export function withItem(doc: Json, layout: Path, item: Json): Json {
  const grid = record(atPath(doc, layout));
  const items = list(record(grid.spec).items);
  const { x: _x, y: _y, width, height, ...rest } = record(item.spec);
  const at: Path = [...layout, "spec", "items", items.length];
  if (grid.kind !== "GridLayout") return change(doc, at, { kind: `${text(grid.kind)}Item`, spec: rest });
  const y = items.reduce<number>((most, one) => {
    const spec = record(record(one).spec);
    return Math.max(most, (number(spec.y) ?? 0) + (number(spec.height) ?? 0));
  }, 0);
  const spec = { x: 0, y, width: number(width) ?? 12, height: number(height) ?? 8, ...rest };
  return change(doc, at, { kind: "GridLayoutItem", spec });
}

/** Moves an item to the grid of another group. */
export function withItemInGroup(doc: Json, item: Path, group: Path): Json {
  const target: Path = [...group, "spec", "layout"];
  const json = record(atPath(doc, item));
  if (record(record(atPath(doc, target)).spec).items === undefined) return doc;
  // What comes is put before what goes, so that both places are still those that were named.
  return change(withItem(doc, target, json), item, undefined);
}
