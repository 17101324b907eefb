// Reads dashboard JSON of any schemaVersion. The number cannot be trusted (generators stamp 14 on modern panels), so each
// step looks at the shape. Nothing throws: what is missing or senseless has a default.
import { type Json, list, number, record, text, texts } from "../../api/decode";
import { keptData } from "../data/written";
import { elementsPath, parseElements } from "./elements/elements";
import { modernPanel } from "./legacy";
import { fromRows, partsOf } from "./legacy/rows";
import { parseAnnotations } from "./parts/annotations";
import { parseFieldOptions, parseLinks, parseOverrides } from "./parts/field";
import { withShared } from "./parts/shared";
import { parseVariable } from "./parts/variable";
import type { Path } from "./patch/path";
import {
  type Dashboard,
  type DashboardLink,
  GRID_COLUMNS,
  type LibraryRef,
  PANEL_TYPES,
  type Panel,
  type PanelType,
  type Place,
  type SourceRef,
  type Target,
  type Transformation,
} from "./types";

/** Height of a panel that names none, in grid rows. */
const USUAL_HEIGHT = 8;

export function isDashboardJson(value: unknown): boolean {
  const json = unwrap(value);
  if (elementsPath(json) !== undefined) return true;
  return Array.isArray(json.panels) || Array.isArray(json.rows) || typeof json.title === "string";
}

/** The dashboard itself, out of the envelope that the API, exports and resources put around it. */
export function unwrap(value: unknown): Json {
  const outer = record(value);
  const inner = record(outer.dashboard);
  if (Object.keys(inner).length > 0 && outer.panels === undefined && outer.rows === undefined) return inner;
  // A resource that holds a dashboard of the older form is that dashboard; one with elements keeps what is around it.
  const spec = record(outer.spec);
  const isOlder = typeof outer.apiVersion === "string" && (Array.isArray(spec.panels) || Array.isArray(spec.rows));
  return isOlder ? spec : outer;
}

export function parseDashboard(value: unknown): Dashboard {
  const json = unwrap(value);
  const elements = elementsPath(json);
  if (elements !== undefined) {
    const made = parseElements(json, elements);
    return { ...made, panels: withShared(withIds(made.panels)) };
  }
  const panels = partsOf(json.panels, ["panels"]);
  const loose = panels.length > 0 ? panels : fromRows(list(json.rows));
  const time = record(json.time);
  const refresh = json.refresh;
  return {
    uid: text(json.uid),
    title: text(json.title, "Untitled"),
    description: text(json.description),
    tags: texts(json.tags),
    timezone: text(json.timezone),
    from: optional(time.from),
    to: optional(time.to),
    refresh: typeof refresh === "string" && refresh !== "" ? refresh : undefined,
    shared: number(json.graphTooltip) ?? (json.sharedCrosshair === true ? 1 : 0),
    editable: json.editable !== false,
    variables: list(record(json.templating).list).map((one) => parseVariable(record(one))),
    annotations: parseAnnotations(json.annotations),
    panels: withShared(withIds(loose.map((one) => parsePanel(one.json, one.path)))),
    layout: undefined,
    links: list(json.links).map((one) => parseDashboardLink(record(one))),
    inputs: new Map(list(json.__inputs).map((one) => parseInput(record(one)))),
    json,
  };
}

/** A data source is known by its type, a constant by its value. */
function parseInput(json: Json): [string, string] {
  return [text(json.name), json.type === "constant" ? text(json.value) : text(json.pluginId)];
}

function optional(value: unknown): string | undefined {
  const found = text(value);
  return found === "" ? undefined : found;
}

/** Panels without a number, or with one that another has, get a free one. */
function withIds(panels: readonly Panel[]): Panel[] {
  const taken = new Set<number>();
  const all = panels.flatMap((one) => [one, ...one.panels]);
  let free = all.reduce((most, one) => Math.max(most, one.id), 0) + 1;
  const settle = (panel: Panel): Panel => {
    const id = panel.id > 0 && !taken.has(panel.id) ? panel.id : free++;
    taken.add(id);
    return { ...panel, id, panels: panel.panels.map(settle) };
  };
  return panels.map(settle);
}

const ALIASES: Readonly<Record<string, PanelType>> = {
  graph: "timeseries",
  singlestat: "stat",
  "table-old": "table",
  text2: "text",
  "grafana-piechart-panel": "piechart",
  "heatmap-new": "heatmap",
  "grafana-polystat-panel": "stat",
  "vertamedia-histogram-panel": "histogram",
  "grafana-alert-list-panel": "alertlist",
  "ryantxu-annolist-panel": "annolist",
};

export function panelType(written: string): PanelType | undefined {
  return ALIASES[written] ?? PANEL_TYPES.find((one) => one === written);
}

/** `path` says where the JSON stands in its document, so that edits reach it. */
export function parsePanel(json: Json, path?: Path): Panel {
  const written = text(json.type, "timeseries");
  const panel = modernPanel(json);
  const config = record(panel.fieldConfig);
  const source = parseSource(panel.datasource);
  return {
    id: number(panel.id) ?? 0,
    path,
    library: parseLibrary(record(panel.libraryPanel)),
    type: panelType(text(panel.type, written)),
    written,
    title: text(panel.title),
    description: text(panel.description),
    place: parsePlace(record(panel.gridPos)),
    source,
    targets: list(panel.targets).map((one, index) => parseTarget(record(one), index)),
    transformations: list(panel.transformations).map(parseTransformation),
    options: record(panel.options),
    defaults: parseFieldOptions(record(config.defaults)),
    overrides: parseOverrides(config.overrides),
    links: parseLinks(panel.links),
    interval: text(panel.interval),
    maxDataPoints: number(panel.maxDataPoints) ?? undefined,
    timeFrom: text(panel.timeFrom),
    timeShift: text(panel.timeShift),
    timeCompare: text(panel.timeCompare),
    transparent: panel.transparent === true,
    repeat: text(panel.repeat),
    repeatDirection: panel.repeatDirection === "v" ? "v" : "h",
    maxPerRow: number(panel.maxPerRow) ?? 4,
    collapsed: panel.collapsed === true,
    kept: keptData(panel),
    panels: partsOf(panel.panels, [...(path ?? []), "panels"]).map((one) =>
      parsePanel(one.json, path === undefined ? undefined : one.path),
    ),
  };
}

function parseLibrary(json: Json): LibraryRef | undefined {
  const uid = text(json.uid);
  return uid === "" ? undefined : { uid, name: text(json.name) };
}

/** What a panel takes whose place nobody wrote down. */
const UNPLACED: Place = { x: 0, y: 0, w: 6, h: 3 };

function parsePlace(place: Json): Place {
  if (Object.keys(place).length === 0) return UNPLACED;
  const w = Math.min(GRID_COLUMNS, Math.max(1, number(place.w) ?? GRID_COLUMNS / 2));
  return {
    w,
    h: Math.max(1, number(place.h) ?? USUAL_HEIGHT),
    x: Math.min(GRID_COLUMNS - w, Math.max(0, number(place.x) ?? 0)),
    y: Math.max(0, number(place.y) ?? 0),
  };
}

/** A data source is an object, a name, a variable, a placeholder or null. */
export function parseSource(value: unknown): SourceRef | undefined {
  if (typeof value === "string") return value === "" ? undefined : { type: undefined, uid: value };
  const ref = record(value);
  const type = optional(ref.type);
  const uid = optional(ref.uid);
  return type === undefined && uid === undefined ? undefined : { type, uid };
}

const FORMATS = ["time_series", "table", "heatmap", "logs"] as const;

function parseTarget(json: Json, index: number): Target {
  const instant = json.instant === true || json.queryType === "instant";
  const format = FORMATS.find((one) => one === json.format) ?? "time_series";
  return {
    refId: text(json.refId, String.fromCharCode(65 + (index % 26))),
    expr: text(json.expr) || text(json.query),
    source: parseSource(json.datasource),
    legend: text(json.legendFormat),
    format,
    instant,
    range: json.range === true || !instant,
    hide: json.hide === true,
    exemplars: json.exemplar === true,
    interval: text(json.interval),
    intervalFactor: number(json.intervalFactor) ?? 1,
    queryType: text(json.queryType),
    limit: number(json.maxLines) ?? number(json.limit),
    ...(isExpression(json) ? { expression: json } : {}),
    ...(typeof json.panelId === "number" ? { panelId: json.panelId, withSteps: json.withTransforms === true } : {}),
  };
}

function isExpression(json: Json): boolean {
  const source = parseSource(json.datasource);
  return source?.uid === "__expr__" || source?.type === "__expr__";
}

function parseTransformation(value: unknown): Transformation {
  const json = record(value);
  const filter = record(json.filter);
  const queries = filter.id === "byRefId" ? text(filter.options) || undefined : undefined;
  return { id: text(json.id), options: record(json.options), disabled: json.disabled === true, queries };
}

export function parseDashboardLink(json: Json): DashboardLink {
  return {
    title: text(json.title),
    kind: json.type === "dashboards" ? "dashboards" : "link",
    url: text(json.url),
    tags: texts(json.tags),
    newTab: json.targetBlank === true,
    keepTime: json.keepTime === true,
    asMenu: json.asDropdown === true,
    tooltip: text(json.tooltip),
    icon: text(json.icon),
    includeVars: json.includeVars === true,
  };
}
