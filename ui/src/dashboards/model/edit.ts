// Edits of the stored JSON. Each one copies only the way to what it changes; everything else stays as it was written.
import { type Json, list, record } from "../../api/decode";

/** Replaces the panel of one number, wherever it is: on the page, in a row, in an old row. */
export function withPanelJson(dashboard: Json, id: number, change: (panel: Json) => Json): Json {
  const inside = (panels: unknown): unknown => {
    if (!Array.isArray(panels)) return panels;
    return panels.map((one: unknown) => {
      const panel = record(one);
      if (panel.id === id) return change(panel);
      return Array.isArray(panel.panels) ? { ...panel, panels: inside(panel.panels) } : one;
    });
  };
  const rows = Array.isArray(dashboard.rows)
    ? dashboard.rows.map((one: unknown) => ({ ...record(one), panels: inside(record(one).panels) }))
    : dashboard.rows;
  const changed: Record<string, unknown> = { ...dashboard };
  if (dashboard.panels !== undefined) changed.panels = inside(dashboard.panels);
  if (rows !== undefined) changed.rows = rows;
  return changed;
}

export function findPanelJson(dashboard: Json, id: number): Json | undefined {
  const search = (panels: readonly unknown[]): Json | undefined => {
    for (const one of panels) {
      const panel = record(one);
      if (panel.id === id) return panel;
      const inner = search(list(panel.panels));
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  return (
    search(list(dashboard.panels)) ??
    list(dashboard.rows)
      .map((one) => search(list(record(one).panels)))
      .find((one) => one !== undefined)
  );
}

/** Puts a value at a path of names and list places; `undefined` takes it away. */
export function withPath(json: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof first === "number") {
    const items = [...list(json)];
    items[first] = withPath(items[first], rest, value);
    return items;
  }
  const { [first]: before, ...others } = record(json);
  const next = withPath(before, rest, value);
  if (next === undefined) return others;
  return { ...record(json), [first]: next };
}

/** A new panel under all others. */
export function withNewPanel(dashboard: Json, panel: Json): { json: Json; id: number } {
  const all = list(dashboard.panels).map(record);
  const inner = all.flatMap((one) => list(one.panels).map(record));
  const highest = (pick: (one: Json) => unknown, from: readonly Json[]) =>
    from.reduce((most, one) => Math.max(most, Number(pick(one)) || 0), 0);
  const id = highest((one) => one.id, [...all, ...inner]) + 1;
  const y = highest((one) => Number(record(one.gridPos).y ?? 0) + Number(record(one.gridPos).h ?? 0), all);
  const placed = { ...panel, id, gridPos: { x: 0, y, w: 12, h: 8 } };
  return { json: { ...dashboard, panels: [...list(dashboard.panels), placed] }, id };
}

export function withoutPanel(dashboard: Json, id: number): Json {
  const inside = (panels: unknown): unknown[] =>
    list(panels).flatMap((one) => {
      const panel = record(one);
      if (panel.id === id) return [];
      return Array.isArray(panel.panels) ? [{ ...panel, panels: inside(panel.panels) }] : [one];
    });
  return { ...dashboard, panels: inside(dashboard.panels) };
}
