// From a layout of elements to boxes on the page: rows open or closed, the chosen tab, grids that fill the width, repeats.
// Invariant: keys are stable over refreshes and unique on the page.

import { copiesOf, keyOf, type PlacedPanel, placeSection, type View } from "../section";
import { GRID_COLUMNS, type Panel } from "../types";
import { isShown } from "./conditions";
import type { Group, Item, Layout } from "./tree";

/** One grid row with its gap, and the gap: places are in these, pixels are not. */
const GRID_ROW_PX = 38;
const GAP_PX = 8;

/** Panels by the name of their element. */
export type Elements = ReadonlyMap<string, Panel>;

/** What a layout puts on the page from y = 0. */
interface Block {
  readonly placed: readonly PlacedPanel[];
  readonly height: number;
}

interface Way {
  readonly elements: Elements;
  readonly view: View;
  readonly scope: ReadonlyMap<string, string>;
  /** Goes before every key: groups that are copies. */
  readonly prefix: string;
}

export function placeLayout(layout: Layout, elements: Elements, view: View): PlacedPanel[] {
  const { placed } = placeBlock(layout, "root", { elements, view, scope: new Map(), prefix: "" });
  const taken = new Map<string, number>();
  return placed.map((one) => {
    const times = taken.get(one.key) ?? 0;
    taken.set(one.key, times + 1);
    return times === 0 ? one : { ...one, key: `${one.key}-again-${times}` };
  });
}

function placeBlock(layout: Layout, id: string, way: Way): Block {
  switch (layout.kind) {
    case "rows":
      return placeRows(layout.groups, id, way);
    case "tabs":
      return placeTabs(layout.groups, id, way);
    case "auto":
      return placeAuto(layout, way);
    default: {
      const panels = layout.items.flatMap((one) => panelOf(one, way));
      return sized(placeSection(panels, way.view.valuesOf, way.scope, way.prefix));
    }
  }
}

function sized(placed: readonly PlacedPanel[]): Block {
  return { placed, height: placed.reduce((most, one) => Math.max(most, one.place.y + one.place.h), 0) };
}

/** The panel of an item as the item has it, unless it is not to be shown. */
function panelOf(item: Item, way: Way): Panel[] {
  const panel = way.elements.get(item.element);
  if (panel === undefined || !isShown(item.condition, way.view.facts)) return [];
  const { repeat } = item;
  return [
    {
      ...panel,
      place: item.place,
      repeat: repeat?.variable ?? "",
      repeatDirection: repeat?.direction ?? "h",
      maxPerRow: repeat?.maxPerRow ?? 4,
    },
  ];
}

function moved(block: Block, y: number, group: Group): PlacedPanel[] {
  const put = (one: PlacedPanel) => ({ ...one.place, y: one.place.y + y });
  return block.placed.map((one) => ({ ...one, place: put(one), inside: one.inside ?? group.path }));
}

/** Each group with its copies: the key, and what holds inside. */
function copiesOfGroups(groups: readonly Group[], id: string, way: Way) {
  return groups.flatMap((group, index) => {
    if (!isShown(group.condition, way.view.facts)) return [];
    return copiesOf(group.repeat?.variable ?? "", way.view.valuesOf).map((own, copy) => {
      const key = `${way.prefix}${id}-${index}${copy === 0 ? "" : `-clone-${copy}`}`;
      const prefix = copy === 0 ? way.prefix : `${key}-`;
      return { group, key, id: `${id}-${index}`, way: { ...way, scope: new Map([...way.scope, ...own]), prefix } };
    });
  });
}

function placeRows(groups: readonly Group[], id: string, way: Way): Block {
  const placed: PlacedPanel[] = [];
  let y = 0;
  for (const one of copiesOfGroups(groups, `${id}-row`, way)) {
    if (!one.group.hideHeader) {
      const head = headOf(one.group);
      placed.push({ key: one.key, panel: head, place: { x: 0, y, w: GRID_COLUMNS, h: 1 }, scope: one.way.scope });
      y += 1;
      if (!way.view.isOpen(head, one.key)) continue;
    }
    const block = placeBlock(one.group.layout, one.id, one.way);
    placed.push(...moved(block, y, one.group));
    y += block.height;
  }
  return { placed, height: y };
}

function placeTabs(groups: readonly Group[], id: string, way: Way): Block {
  const all = copiesOfGroups(groups, `${id}-tab`, way);
  const first = all[0];
  if (first === undefined) return { placed: [], height: 0 };
  const bar = `${way.prefix}${id}-tabs`;
  const chosen = all.find((one) => one.key === way.view.tabOf(bar)) ?? first;
  const tabs = all.map((one) => ({ key: one.key, title: one.group.title, scope: one.way.scope }));
  const head: PlacedPanel = {
    key: bar,
    panel: headOf(chosen.group),
    place: { x: 0, y: 0, w: GRID_COLUMNS, h: 1 },
    scope: way.scope,
    tabs: { all: tabs, chosen: chosen.key },
  };
  const placed = [head];
  let y = 1;
  for (const one of way.view.everything ? all : [chosen]) {
    const block = placeBlock(one.group.layout, one.id, one.way);
    placed.push(...moved(block, y, one.group));
    y += block.height;
  }
  return { placed, height: y };
}

/** As many columns as have room; each panel takes the next cell. */
function placeAuto(layout: Extract<Layout, { kind: "auto" }>, way: Way): Block {
  const room = Math.floor((way.view.width + GAP_PX) / (layout.columnPx + GAP_PX));
  const cells = layout.items.flatMap((item) =>
    panelOf(item, way).flatMap((panel) =>
      copiesOf(panel.repeat, way.view.valuesOf).map((own, copy) => ({ panel, own, copy })),
    ),
  );
  // Columns that would stay empty give their width to the others.
  const columns = Math.max(1, Math.min(layout.mostColumns, room, cells.length));
  const w = GRID_COLUMNS / columns;
  const h = (layout.rowPx + GAP_PX) / GRID_ROW_PX;
  return sized(
    cells.map(({ panel, own, copy }, index) => ({
      key: `${way.prefix}${keyOf(panel, copy)}`,
      panel,
      place: { x: (index % columns) * w, y: Math.floor(index / columns) * h, w, h },
      scope: new Map([...way.scope, ...own]),
    })),
  );
}

/** The head of a row as a panel, so that the page draws it like the rows of the other form. */
function headOf(group: Group): Panel {
  return {
    id: 0,
    path: group.path,
    library: undefined,
    type: "row",
    written: "row",
    title: group.title,
    description: "",
    place: { x: 0, y: 0, w: GRID_COLUMNS, h: 1 },
    source: undefined,
    targets: [],
    transformations: [],
    options: {},
    defaults: { custom: {} },
    overrides: [],
    links: [],
    interval: "",
    maxDataPoints: undefined,
    timeFrom: "",
    timeShift: "",
    timeCompare: "",
    transparent: false,
    repeat: "",
    repeatDirection: "h",
    maxPerRow: 4,
    collapsed: group.collapsed,
    panels: [],
  };
}
