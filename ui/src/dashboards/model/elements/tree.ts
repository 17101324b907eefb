// Layouts of dashboards whose panels are elements by name: grids, grids that fill themselves, rows and tabs, in each other.
import { type Json, list, number, record, text } from "../../../api/decode";
import type { Path } from "../patch/path";
import { type Condition, parseCondition } from "./conditions";

export interface Repeat {
  readonly variable: string;
  readonly direction: "h" | "v";
  readonly maxPerRow: number;
}

export interface Item {
  readonly element: string;
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly repeat: Repeat | undefined;
  readonly condition: Condition | undefined;
  /** Where the item stands in the document. */
  readonly path: Path;
}

/** One row or tab. */
export interface Group {
  readonly title: string;
  readonly collapsed: boolean;
  readonly hideHeader: boolean;
  readonly repeat: Repeat | undefined;
  readonly condition: Condition | undefined;
  readonly layout: Layout;
  readonly path: Path;
}

export type Layout =
  | { readonly kind: "grid"; readonly items: readonly Item[] }
  | {
      readonly kind: "auto";
      readonly items: readonly Item[];
      readonly mostColumns: number;
      /** Pixels. */
      readonly columnPx: number;
      readonly rowPx: number;
    }
  | { readonly kind: "rows"; readonly groups: readonly Group[] }
  | { readonly kind: "tabs"; readonly groups: readonly Group[] };

/** Layouts in layouts deeper than this are not read. */
const DEEPEST = 8;

const COLUMN_PX: Readonly<Record<string, number>> = { narrow: 192, standard: 448, wide: 768 };
const ROW_PX: Readonly<Record<string, number>> = { short: 168, standard: 320, tall: 512 };
const USUAL_COLUMNS = 3;
const MOST_COLUMNS = 24;

export function parseLayout(value: unknown, path: Path, depth = 0): Layout {
  const { kind, spec: inner } = record(value) as { kind?: unknown; spec?: unknown };
  const spec = record(inner);
  const at = (name: string, index: number): Path => [...path, "spec", name, index];
  if (depth < DEEPEST && kind === "RowsLayout") {
    return { kind: "rows", groups: list(spec.rows).map((one, index) => parseGroup(one, at("rows", index), depth)) };
  }
  if (depth < DEEPEST && kind === "TabsLayout") {
    return { kind: "tabs", groups: list(spec.tabs).map((one, index) => parseGroup(one, at("tabs", index), depth)) };
  }
  if (kind === "AutoGridLayout" || kind === "ResponsiveGridLayout") {
    return {
      kind: "auto",
      items: list(spec.items).map((one, index) => parseItem(one, at("items", index))),
      mostColumns: Math.max(1, Math.min(MOST_COLUMNS, number(spec.maxColumnCount) ?? USUAL_COLUMNS)),
      columnPx: sizeOf(spec.columnWidthMode, spec.columnWidth, COLUMN_PX),
      rowPx: sizeOf(spec.rowHeightMode, spec.rowHeight, ROW_PX),
    };
  }
  return parseGrid(spec, path);
}

/** An early form has rows between the items of a grid. */
function parseGrid(spec: Json, path: Path): Layout {
  const items = list(spec.items);
  if (!items.some((one) => record(one).kind === "GridLayoutRow")) {
    return { kind: "grid", items: items.map((one, index) => parseItem(one, [...path, "spec", "items", index])) };
  }
  const groups: Group[] = [];
  let loose: Item[] = [];
  const close = () => {
    if (loose.length > 0) {
      groups.push({ ...HEADLESS, layout: { kind: "grid", items: loose }, path });
      loose = [];
    }
  };
  items.forEach((one, index) => {
    const own: Path = [...path, "spec", "items", index];
    if (record(one).kind !== "GridLayoutRow") {
      loose.push(parseItem(one, own));
      return;
    }
    close();
    const row = record(record(one).spec);
    const inner = list(row.elements).map((item, place) => parseItem(item, [...own, "spec", "elements", place]));
    groups.push({
      title: text(row.title),
      collapsed: row.collapsed === true,
      hideHeader: false,
      repeat: parseRepeat(row.repeat),
      condition: undefined,
      layout: { kind: "grid", items: inner },
      path: own,
    });
  });
  close();
  return { kind: "rows", groups };
}

const HEADLESS = { title: "", collapsed: false, hideHeader: true, repeat: undefined, condition: undefined } as const;

function sizeOf(mode: unknown, own: unknown, sizes: Readonly<Record<string, number>>): number {
  const custom = number(own);
  if ((mode === "custom" || mode === undefined) && custom !== undefined && custom > 0) return custom;
  return sizes[text(mode)] ?? sizes.standard ?? 0;
}

function parseGroup(value: unknown, path: Path, depth: number): Group {
  const spec = record(record(value).spec);
  return {
    title: text(spec.title),
    collapsed: spec.collapse === true || spec.collapsed === true,
    hideHeader: spec.hideHeader === true,
    repeat: parseRepeat(spec.repeat),
    condition: parseCondition(spec.conditionalRendering),
    layout: parseLayout(spec.layout, [...path, "spec", "layout"], depth + 1),
    path,
  };
}

function parseItem(value: unknown, path: Path): Item {
  const spec = record(record(value).spec);
  return {
    element: text(record(spec.element).name),
    place: {
      x: number(spec.x) ?? 0,
      y: number(spec.y) ?? 0,
      w: number(spec.width) ?? 12,
      h: number(spec.height) ?? 8,
    },
    repeat: parseRepeat(spec.repeat),
    condition: parseCondition(spec.conditionalRendering),
    path,
  };
}

function parseRepeat(value: unknown): Repeat | undefined {
  const json = record(value);
  const variable = text(json.value);
  if (variable === "") return undefined;
  return {
    variable,
    direction: json.direction === "v" ? "v" : "h",
    maxPerRow: Math.max(1, number(json.maxPerRow) ?? 4),
  };
}

/** Every item of a layout, in its order. */
export function itemsOf(layout: Layout): Item[] {
  if (layout.kind === "grid" || layout.kind === "auto") return [...layout.items];
  return layout.groups.flatMap((one) => itemsOf(one.layout));
}
