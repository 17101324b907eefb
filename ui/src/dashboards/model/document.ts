// Edits of the stored JSON, the same for both forms of dashboards: each is a change at a path, and everything else stays as it
// was written. Settings of a panel are named by their place in a panel of the older form; `settingPath` says where that is.
import { type Json, list, number, record, text, texts } from "../../api/decode";
import { elementPanel, elementsPath, elementTarget, elementTransformation, vizType } from "./elements/elements";
import { isSame } from "./patch/patch";
import { atPath, type Path, withPath } from "./patch/path";
import type { Panel, Place } from "./types";

/** The part of the document that holds title, tags and panels. */
export function specPath(doc: Json): Path {
  return elementsPath(doc) ?? [];
}

const isElements = (doc: Json) => elementsPath(doc) !== undefined;

const change = (doc: Json, path: Path, value: unknown): Json => record(withPath(doc, path, value));

export function titleOf(doc: Json): string {
  return text(atPath(doc, [...specPath(doc), "title"]));
}

export function withTitle(doc: Json, title: string): Json {
  return change(doc, [...specPath(doc), "title"], title);
}

export function tagsOf(doc: Json): string[] {
  return texts(atPath(doc, [...specPath(doc), "tags"]));
}

export function withTags(doc: Json, tags: readonly string[]): Json {
  return change(doc, [...specPath(doc), "tags"], [...tags]);
}

/** The uid that the document names for itself. */
export function uidOf(doc: Json): string {
  return text(record(doc.metadata).name) || text(doc.uid);
}

/** With the uid that the server gave it, where it names none: saved again without one, it would become another dashboard. */
export function withUid(doc: Json, uid: string): Json {
  if (uidOf(doc) !== "") return doc;
  return change(doc, specPath(doc).length > 0 ? ["metadata", "name"] : ["uid"], uid);
}

/** The JSON of a panel as it stands in the document. */
export function panelJson(doc: Json, panel: Panel): Json {
  return panel.path === undefined ? {} : record(atPath(doc, panel.path));
}

/** The JSON of a panel in the words of the older form, for reading its settings. */
export function settingsOf(doc: Json, panel: Panel): Json {
  const json = panelJson(doc, panel);
  return isElements(doc) ? elementPanel(json) : json;
}

export function withPanelJson(doc: Json, panel: Panel, json: Json): Json {
  return panel.path === undefined ? doc : change(doc, panel.path, json);
}

/** Changes one setting; `undefined` takes it away. */
export function withSetting(doc: Json, panel: Panel, setting: Path, value: unknown): Json {
  if (panel.path === undefined) return doc;
  if (!isElements(doc)) return change(doc, [...panel.path, ...setting], value);
  if (setting[0] === "repeat") return withRepeat(doc, panel, text(value));
  if (setting[0] === "repeatDirection" || setting[0] === "maxPerRow") {
    const item = itemPath(doc, panel);
    const member = setting[0] === "maxPerRow" ? "maxPerRow" : "direction";
    return item === undefined ? doc : change(doc, [...item, "spec", "repeat", member], value);
  }
  if (setting[0] === "transformations") return withSteps(doc, panel.path, list(value));
  const [first, index, member, ...rest] = setting;
  if (first === "targets" && index === undefined) return withQueries(doc, panel.path, list(value));
  if (first === "targets" && typeof index === "number") {
    const query: Path = [...panel.path, "spec", "data", "spec", "queries", index];
    if (member === undefined) return change(doc, query, value === undefined ? undefined : elementQuery(record(value)));
    if (member === "datasource") return withSource(doc, query, record(value));
    return change(doc, [...query, "spec", ...targetPath(String(member), rest)], value);
  }
  return change(doc, [...panel.path, ...settingPath(setting, panelJson(doc, panel))], value);
}

const QUERY_OPTIONS = new Set(["interval", "timeFrom", "timeShift", "timeCompare", "maxDataPoints"]);

/** Where a setting of a panel stands in an element. */
export function settingPath(setting: Path, element: Json): Path {
  const [first, ...rest] = setting;
  if (first === "type") {
    const viz = record(record(element.spec).vizConfig);
    const isEarly = viz.group === undefined && viz.kind !== "VizConfig" && vizType(viz) === viz.kind;
    return ["spec", "vizConfig", isEarly ? "kind" : "group"];
  }
  if (first === "options" || first === "fieldConfig") return ["spec", "vizConfig", "spec", first, ...rest];
  if (QUERY_OPTIONS.has(String(first))) return ["spec", "data", "spec", "queryOptions", ...setting];
  return ["spec", ...setting];
}

function targetPath(member: string, rest: Path): Path {
  if (member === "refId") return ["refId"];
  if (member === "hide") return ["hidden"];
  return ["query", "spec", member, ...rest];
}

function withSource(doc: Json, query: Path, source: Json): Json {
  const spec = record(atPath(doc, [...query, "spec"]));
  if (spec.datasource !== undefined) return change(doc, [...query, "spec", "datasource"], source);
  const named = change(doc, [...query, "spec", "query", "group"], text(source.type));
  return change(named, [...query, "spec", "query", "datasource"], { name: text(source.uid) });
}

/** A target of the older form as a query of an element. */
function elementQuery(target: Json): Json {
  const { refId, hide, datasource, ...spec } = target;
  const source = record(datasource);
  return {
    kind: "PanelQuery",
    spec: {
      refId,
      hidden: hide === true,
      query: {
        kind: "DataQuery",
        version: "v0",
        group: text(source.type, "prometheus"),
        ...(text(source.uid) === "" ? {} : { datasource: { name: source.uid } }),
        spec,
      },
    },
  };
}

/** A target that names no source takes that of its panel, which elements do not have. */
function withPanelSource(target: Json, source: unknown): Json {
  if (target.datasource !== undefined && target.datasource !== null) return target;
  const ref = typeof source === "string" ? { uid: source } : record(source);
  return Object.keys(ref).length === 0 || ref.uid === "-- Mixed --" ? target : { ...target, datasource: ref };
}

/** Queries in another order. */
function withQueries(doc: Json, panel: Path, targets: readonly unknown[]): Json {
  const path: Path = [...panel, "spec", "data", "spec", "queries"];
  const before = list(atPath(doc, path)).map(record);
  const words = (one: Json) => elementTarget(record(one.spec));
  return change(doc, path, keptOrMade(before, targets, words, elementQuery));
}

/** An early form names the step by its kind. */
function withSteps(doc: Json, panel: Path, steps: readonly unknown[]): Json {
  const path: Path = [...panel, "spec", "data", "spec", "transformations"];
  const before = list(atPath(doc, path)).map(record);
  const isEarly = before.some((one) => one.kind !== "Transformation");
  const made = (step: Json) => {
    const { id, ...spec } = step;
    return isEarly ? { kind: id, spec: step } : { kind: "Transformation", group: id, spec };
  };
  return change(doc, path, keptOrMade(before, steps, elementTransformation, made));
}

/** What did not change, in the words of the older form, stays as it was written. */
function keptOrMade(
  before: readonly Json[],
  after: readonly unknown[],
  words: (one: Json) => Json,
  make: (told: Json) => Json,
): Json[] {
  const kept = before.map((one) => ({ one, told: words(one) }));
  return after.map((value) => {
    const told = record(value);
    return kept.find((one) => isSame(one.told, told))?.one ?? make(told);
  });
}

function withRepeat(doc: Json, panel: Panel, variable: string): Json {
  const item = itemPath(doc, panel);
  if (item === undefined) return doc;
  const before = record(atPath(doc, [...item, "spec", "repeat"]));
  return change(
    doc,
    [...item, "spec", "repeat"],
    variable === "" ? undefined : { mode: "variable", direction: "h", ...before, value: variable },
  );
}

/** Where the layout places a panel. */
export function itemPath(doc: Json, panel: Panel): Path | undefined {
  const name = panel.path?.at(-1);
  return layoutItems(doc).find((one) => text(record(record(one.spec).element).name) === name)?.path;
}

interface Found {
  readonly spec: Json;
  readonly path: Path;
}

/** Every item of every layout with its path. */
function layoutItems(doc: Json): Found[] {
  const found: Found[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) for (const [index, one] of value.entries()) walk(one, [...path, index]);
    else if (typeof value === "object" && value !== null) {
      const json = record(value);
      if (record(json.spec).element !== undefined) found.push({ spec: record(json.spec), path });
      else for (const [name, one] of Object.entries(json)) walk(one, [...path, name]);
    }
  };
  const layout: Path = [...specPath(doc), "layout"];
  walk(atPath(doc, layout), layout);
  return found;
}

export function withoutPanel(doc: Json, panel: Panel): Json {
  if (panel.path === undefined) return doc;
  if (!isElements(doc)) return change(doc, panel.path, undefined);
  const item = itemPath(doc, panel);
  const rest = item === undefined ? doc : change(doc, item, undefined);
  return change(rest, panel.path, undefined);
}

/** A new panel, told in the words of the older form, under all others. */
export function withNewPanel(
  doc: Json,
  panel: Json,
  panels: readonly Panel[],
): { readonly doc: Json; readonly id: number } {
  const all = panels.flatMap((one) => [one, ...one.panels]);
  const id = all.reduce((most, one) => Math.max(most, one.id), 0) + 1;
  if (isElements(doc)) return { doc: withNewElement(doc, panel, id), id };
  const bottom = panels.reduce((most, one) => Math.max(most, one.place.y + one.place.h), 0);
  const { w = 12, h = 8 } = record(panel.gridPos) as { w?: number; h?: number };
  const placed = { ...panel, id, gridPos: { x: 0, y: bottom, w, h } };
  const at = list(doc.panels).length;
  return { doc: change(doc, ["panels", at], placed), id };
}

function withNewElement(doc: Json, panel: Json, id: number): Json {
  const base = specPath(doc);
  const taken = record(atPath(doc, [...base, "elements"]));
  let name = `panel-${id}`;
  while (taken[name] !== undefined) name += "-new";
  const element = toElement(panel, id);
  const withElement = change(doc, [...base, "elements", name], element);
  const items = placesForNew(record(atPath(doc, [...base, "layout"])), [...base, "layout"]);
  const reference = { kind: "ElementReference", name };
  if (items === undefined) return withElement;
  const before = list(atPath(doc, items.path));
  if (items.isAuto) {
    const item = { kind: "AutoGridLayoutItem", spec: { element: reference } };
    return change(withElement, [...items.path, before.length], item);
  }
  const y = before.reduce<number>((most, one) => {
    const spec = record(record(one).spec);
    return Math.max(most, (number(spec.y) ?? 0) + (number(spec.height) ?? 0));
  }, 0);
  const item = { kind: "GridLayoutItem", spec: { x: 0, y, width: 12, height: 8, element: reference } };
  return change(withElement, [...items.path, before.length], item);
}

/** The last grid of the layout takes what is new. */
function placesForNew(layout: Json, path: Path): { readonly path: Path; readonly isAuto: boolean } | undefined {
  const spec = record(layout.spec);
  for (const name of ["rows", "tabs"]) {
    const groups = list(spec[name]);
    for (let index = groups.length - 1; index >= 0; index -= 1) {
      const inner = record(record(record(groups[index]).spec).layout);
      const found = placesForNew(inner, [...path, "spec", name, index, "spec", "layout"]);
      if (found !== undefined) return found;
    }
  }
  const kind = text(layout.kind);
  if (kind !== "GridLayout" && kind !== "AutoGridLayout" && kind !== "ResponsiveGridLayout") return undefined;
  return { path: [...path, "spec", "items"], isAuto: kind !== "GridLayout" };
}

/** A panel of the older form as an element. */
export function toElement(panel: Json, id: number): Json {
  if (panel.libraryPanel !== undefined) {
    return { kind: "LibraryPanel", spec: { id, title: text(panel.title), libraryPanel: panel.libraryPanel } };
  }
  if (panel.kind !== undefined && panel.spec !== undefined) return { ...panel, spec: { ...record(panel.spec), id } };
  return {
    kind: "Panel",
    spec: {
      id,
      title: text(panel.title),
      description: text(panel.description),
      links: list(panel.links),
      ...(panel.transparent === true ? { transparent: true } : {}),
      data: {
        kind: "QueryGroup",
        spec: {
          queries: list(panel.targets).map((one) => elementQuery(withPanelSource(record(one), panel.datasource))),
          transformations: list(panel.transformations).map((one) => {
            const { id: group, ...spec } = record(one);
            return { kind: "Transformation", group, spec };
          }),
          queryOptions: Object.fromEntries(Object.entries(panel).filter(([name]) => QUERY_OPTIONS.has(name))),
        },
      },
      vizConfig: {
        kind: "VizConfig",
        group: text(panel.type, "timeseries"),
        version: text(panel.pluginVersion),
        spec: {
          options: record(panel.options),
          fieldConfig: { defaults: {}, overrides: [], ...record(panel.fieldConfig) },
        },
      },
    },
  };
}

export interface Move {
  readonly panel: Panel;
  readonly place: Place;
}

/** Whether panels have places of their own that can be changed: not in grids that fill themselves, nor in old rows. */
export function isMovable(doc: Json, panel: Panel): boolean {
  if (panel.path === undefined) return false;
  if (!isElements(doc)) return panel.path[0] === "panels";
  const item = itemPath(doc, panel);
  return item !== undefined && number(record(atPath(doc, [...item, "spec"])).width) !== undefined;
}

export function withPlaces(doc: Json, moves: readonly Move[]): Json {
  return moves.reduce((before, { panel, place }) => {
    if (panel.path === undefined) return before;
    if (!isElements(doc))
      return change(before, [...panel.path, "gridPos"], {
        ...record(atPath(before, [...panel.path, "gridPos"])),
        ...place,
      });
    const item = itemPath(before, panel);
    if (item === undefined) return before;
    const spec = record(atPath(before, [...item, "spec"]));
    const { x, y, w, h } = place;
    return change(before, [...item, "spec"], { ...spec, x, y, width: w, height: h });
  }, doc);
}
