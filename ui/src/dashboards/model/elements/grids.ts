// Grids of dashboards of elements: panels with places, or a grid that fills itself, and how wide and high its cells are.
import { type Json, list, number, record, text } from "../../../api/decode";
import { atPath, type Path, withPath } from "../patch/path";
import { elementsPath } from "./elements";

const change = (doc: Json, path: Path, value: unknown): Json => record(withPath(doc, path, value));

export interface GridSettings {
  readonly auto: boolean;
  /** Of a grid that fills itself: at most so many beside each other, and the words for the sizes of its cells. */
  readonly columns: number;
  readonly columnWidth: string;
  readonly rowHeight: string;
}

export const COLUMN_WIDTHS = ["narrow", "standard", "wide"] as const;
export const ROW_HEIGHTS = ["short", "standard", "tall"] as const;

/** The outermost layout; undefined in a document of the older form. */
export function outerLayout(doc: Json): Path | undefined {
  const base = elementsPath(doc);
  return base === undefined ? undefined : [...base, "layout"];
}

/** The outermost grid, or that of the last of the outermost rows or tabs. */
export function lastGrid(doc: Json): Path | undefined {
  const outer = outerLayout(doc);
  return outer === undefined ? undefined : gridIn(doc, outer);
}

function gridIn(doc: Json, layout: Path): Path | undefined {
  if (gridSettings(doc, layout) !== undefined) return layout;
  const spec = record(record(atPath(doc, layout)).spec);
  const name = spec.rows === undefined ? "tabs" : "rows";
  const last = list(spec[name]).length - 1;
  return last < 0 ? undefined : gridIn(doc, [...layout, "spec", name, last, "spec", "layout"]);
}

/** undefined: the layout is none of panels, but of rows or tabs. */
export function gridSettings(doc: Json, layout: Path): GridSettings | undefined {
  const { kind, spec: inner } = record(atPath(doc, layout));
  const spec = record(inner);
  const auto = kind === "AutoGridLayout" || kind === "ResponsiveGridLayout";
  if (!auto && kind !== "GridLayout") return undefined;
  return {
    auto,
    columns: number(spec.maxColumnCount) ?? 3,
    columnWidth: text(spec.columnWidthMode, "standard"),
    rowHeight: text(spec.rowHeightMode, "standard"),
  };
}

const MEMBERS = { columns: "maxColumnCount", columnWidth: "columnWidthMode", rowHeight: "rowHeightMode" } as const;

export function withGridSetting(doc: Json, layout: Path, member: keyof typeof MEMBERS, value: unknown): Json {
  return change(doc, [...layout, "spec", MEMBERS[member]], value);
}

/** A grid whose panels have places, or one that fills itself. */
export function withGridKind(doc: Json, layout: Path, auto: boolean): Json {
  const grid = record(atPath(doc, layout));
  const spec = record(grid.spec);
  const items = list(spec.items).map(record);
  if (auto) {
    const kept = items.map((one) => {
      const { x: _x, y: _y, width: _w, height: _h, ...rest } = record(one.spec);
      return { kind: "AutoGridLayoutItem", spec: rest };
    });
    const usual = { maxColumnCount: 3, columnWidthMode: "standard", rowHeightMode: "standard" };
    return change(doc, layout, { kind: "AutoGridLayout", spec: { ...usual, items: kept } });
  }
  const width = 8;
  const placed = items.map((one, index) => ({
    kind: "GridLayoutItem",
    spec: { x: (index % 3) * width, y: Math.floor(index / 3) * 8, width, height: 8, ...record(one.spec) },
  }));
  return change(doc, layout, { kind: "GridLayout", spec: { items: placed } });
}
