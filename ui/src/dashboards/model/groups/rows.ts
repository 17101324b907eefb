// Rows of the older form: a row is a panel of its own on the grid, and what stands below it down to the next row is its own.
// A closed row holds its panels inside itself. Every edit here moves whole sections and keeps what stands in them as it stands.
import { type Json, list, number, record } from "../../../api/decode";
import { type Path, withPath } from "../patch/path";

/** A row with what stands below it; the first one may have no head. Numbers are places in the list of panels. */
interface Section {
  readonly head: number | undefined;
  readonly members: readonly number[];
  readonly top: number;
  readonly bottom: number;
}

const placeOf = (panel: Json) => {
  const { x, y, h } = record(panel.gridPos);
  return { x: number(x) ?? 0, y: number(y) ?? 0, h: number(h) ?? 8 };
};

function panelsOf(doc: Json): Json[] {
  return list(doc.panels).map(record);
}

const withPanels = (doc: Json, panels: readonly Json[]): Json => ({ ...doc, panels });

function sectionsOf(panels: readonly Json[]): Section[] {
  const order = panels
    .map((panel, index) => ({ panel, index, ...placeOf(panel) }))
    .sort((a, b) => a.y - b.y || a.x - b.x);
  const groups: { head: number | undefined; members: number[] }[] = [{ head: undefined, members: [] }];
  for (const { panel, index } of order) {
    if (panel.type === "row") groups.push({ head: index, members: [] });
    else groups.at(-1)?.members.push(index);
  }
  return groups
    .filter((one) => one.head !== undefined || one.members.length > 0)
    .map((one) => {
      const all = [...(one.head === undefined ? [] : [one.head]), ...one.members].map((at) =>
        placeOf(panels[at] ?? {}),
      );
      const top = Math.min(...all.map((place) => place.y));
      return { ...one, top, bottom: Math.max(top, ...all.map((place) => place.y + place.h)) };
    });
}

/** A panel and, in a closed row, everything inside it, moved down by whole rows of the grid. */
function shifted(panel: Json, by: number): Json {
  if (by === 0) return panel;
  const moved = { ...panel, gridPos: { ...record(panel.gridPos), y: placeOf(panel).y + by } };
  const inside = list(panel.panels).map(record);
  return inside.length === 0 ? moved : { ...moved, panels: inside.map((one) => shifted(one, by)) };
}

function shiftedAll(panels: readonly Json[], places: readonly number[], by: number): Json[] {
  return panels.map((one, index) => (places.includes(index) ? shifted(one, by) : one));
}

const everyPlace = (section: Section) => [...(section.head === undefined ? [] : [section.head]), ...section.members];

/** Where in the list of panels the row at `path` is; undefined for rows of the oldest form, which are a list themselves. */
function headOf(path: Path): number | undefined {
  const at = path[1];
  return path[0] === "panels" && typeof at === "number" ? at : undefined;
}

export function withMovedRow(doc: Json, path: Path, by: number): Json {
  const head = headOf(path);
  if (head === undefined) return withMovedListItem(doc, path, by);
  const panels = panelsOf(doc);
  const sections = sectionsOf(panels);
  const at = sections.findIndex((one) => one.head === head);
  const [upper, lower] = by < 0 ? [sections[at - 1], sections[at]] : [sections[at], sections[at + 1]];
  if (upper?.head === undefined || lower === undefined) return doc;
  const raised = shiftedAll(panels, everyPlace(lower), upper.top - lower.top);
  return withPanels(doc, shiftedAll(raised, everyPlace(upper), lower.bottom - upper.bottom));
}

/** Rows of the oldest form, and rows and tabs of elements, are items of a list. */
export function withMovedListItem(doc: Json, path: Path, by: number): Json {
  const at = path.at(-1);
  if (typeof at !== "number") return doc;
  const parent = path.slice(0, -1);
  const items = [...list(parent.reduce<unknown>((inner, key) => record(inner)[key] ?? list(inner)[Number(key)], doc))];
  const to = at + by;
  if (to < 0 || to >= items.length) return doc;
  const [moved] = items.splice(at, 1);
  items.splice(to, 0, moved);
  return record(withPath(doc, parent, items));
}

export function withClosedRow(doc: Json, path: Path, closed: boolean): Json {
  const head = headOf(path);
  if (head === undefined) return record(withPath(doc, [...path, "collapse"], closed));
  const panels = panelsOf(doc);
  const row = panels[head] ?? {};
  const sections = sectionsOf(panels);
  const at = sections.findIndex((one) => one.head === head);
  const own = sections[at];
  if (own === undefined || (row.collapsed === true) === closed) return doc;
  const later = sections.slice(at + 1).flatMap(everyPlace);
  const top = placeOf(row).y + 1;
  if (closed) {
    const inside = own.members.map((place) => panels[place] ?? {});
    const moved = shiftedAll(panels, later, Math.min(0, top - own.bottom));
    const shut = moved.map((one, index) => (index === head ? { ...row, collapsed: true, panels: inside } : one));
    return withPanels(
      doc,
      shut.filter((_, index) => !own.members.includes(index)),
    );
  }
  const inside = list(row.panels).map(record);
  const first = Math.min(...inside.map((one) => placeOf(one).y));
  const opened = inside.map((one) => shifted(one, top - first));
  const bottom = Math.max(top, ...opened.map((one) => placeOf(one).y + placeOf(one).h));
  const moved = shiftedAll(panels, later, bottom - top);
  const open = moved.map((one, index) => (index === head ? { ...row, collapsed: false, panels: [] } : one));
  return withPanels(doc, [...open.slice(0, head + 1), ...opened, ...open.slice(head + 1)]);
}

/** The row goes; its panels stay where they are, or go with it. */
export function withoutRow(doc: Json, path: Path, keepPanels: boolean): Json {
  const head = headOf(path);
  if (head === undefined) return record(withPath(doc, path, undefined));
  const opened = keepPanels ? withClosedRow(doc, path, false) : doc;
  const panels = panelsOf(opened);
  const own = sectionsOf(panels).find((one) => one.head === head);
  const gone = keepPanels || own === undefined ? [head] : everyPlace(own);
  return withPanels(
    opened,
    panels.filter((_, index) => !gone.includes(index)),
  );
}

/** A new row under everything. */
export function withNewRow(doc: Json, title: string, id: number): Json {
  if (list(doc.panels).length === 0 && list(doc.rows).length > 0) {
    return { ...doc, rows: [...list(doc.rows), { title, showTitle: true, collapse: false, panels: [] }] };
  }
  const panels = panelsOf(doc);
  const bottom = panels.reduce((most, one) => Math.max(most, placeOf(one).y + placeOf(one).h), 0);
  const gridPos = { x: 0, y: bottom, w: 24, h: 1 };
  return withPanels(doc, [...panels, { id, type: "row", title, collapsed: false, gridPos, panels: [] }]);
}

/** A panel goes to the end of another row, which makes room for it; `undefined` is what stands above all rows. */
export function withPanelInRow(doc: Json, panel: Path, row: Path | undefined): Json {
  const at = headOf(panel);
  const panels = panelsOf(doc);
  const moved = panels[at ?? -1];
  if (at === undefined || moved === undefined) return doc;
  const head = row === undefined ? undefined : headOf(row);
  const shut = head === undefined ? undefined : panels[head];
  if (head !== undefined && shut?.collapsed === true) {
    const inside = list(shut.panels).map(record);
    const bottom = inside.reduce((most, one) => Math.max(most, placeOf(one).y + placeOf(one).h), placeOf(shut).y + 1);
    const placed = { ...moved, gridPos: { ...record(moved.gridPos), y: bottom } };
    const filled = panels.map((one, index) => (index === head ? { ...one, panels: [...inside, placed] } : one));
    return withPanels(
      doc,
      filled.filter((_, index) => index !== at),
    );
  }
  const sections = sectionsOf(panels.map((one, index) => (index === at ? { ...one, gridPos: { y: -1, h: 0 } } : one)));
  const to = sections.findIndex((one) => one.head === head);
  const bottom = to < 0 ? 0 : (sections[to]?.bottom ?? 0);
  const height = placeOf(moved).h;
  const later = sections.slice(to + 1).flatMap(everyPlace);
  const room = shiftedAll(panels, later, height);
  const placed = { ...moved, gridPos: { ...record(moved.gridPos), y: Math.max(0, bottom) } };
  return withPanels(
    doc,
    room.map((one, index) => (index === at ? placed : one)),
  );
}
