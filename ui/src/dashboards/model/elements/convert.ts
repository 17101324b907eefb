// A dashboard of the older form as one of elements, for what only that form has: tabs, grids that fill themselves, variables of
// single rows. Panels of old kinds become their successors; nothing that this page reads is lost.
//
//   panels[], rows[]           -> elements.panel-ID, layout of items (in rows, where there are any)
//   templating.list            -> variables        annotations.list -> annotations
//   time, refresh, timepicker  -> timeSettings     graphTooltip     -> cursorSync
import { type Json, list, record, text } from "../../../api/decode";
import { toElement } from "../document";
import { sections } from "../layout";
import { modernPanel } from "../legacy";
import { parseDashboard } from "../parse";
import { atPath } from "../patch/path";
import { toElementVariable } from "../settings/variable";
import type { Dashboard, Panel } from "../types";

const API_VERSION = "dashboard.grafana.app/v2";
const SYNC = ["Off", "Crosshair", "Tooltip"];

export function asElements(doc: Json): Json {
  const dashboard = parseDashboard(filled(doc));
  if (dashboard.layout !== undefined) return doc;
  const { json } = dashboard;
  const panels = dashboard.panels.flatMap((one) => (one.type === "row" ? one.panels : [one]));
  const elements = panels.map((one) => [nameOf(one), elementOf(json, one)]);
  return {
    apiVersion: API_VERSION,
    kind: "Dashboard",
    ...(dashboard.uid === "" ? {} : { metadata: { name: dashboard.uid } }),
    spec: {
      title: dashboard.title,
      description: dashboard.description,
      tags: [...dashboard.tags],
      editable: dashboard.editable,
      cursorSync: SYNC[dashboard.shared] ?? "Off",
      ...(json.liveNow === true ? { liveNow: true } : {}),
      ...(json.preload === true ? { preload: true } : {}),
      timeSettings: timeSettings(dashboard),
      links: list(json.links),
      variables: list(record(json.templating).list).map((one) => toElementVariable(record(one))),
      annotations: list(record(json.annotations).list).map((one) => elementAnnotationOf(record(one))),
      elements: Object.fromEntries(elements),
      layout: layoutOf(dashboard),
    },
  };
}

/** Placeholders for data sources become what the file says they stand for: elements have none. */
function filled(doc: Json): Json {
  const { inputs } = parseDashboard(doc);
  if (inputs.size === 0) return doc;
  const fill = (key: string, value: unknown): unknown => {
    if (typeof value !== "string") return value;
    const named = key === "datasource" ? inputs.get(/^\$\{(\w+)\}$/.exec(value)?.[1] ?? "") : undefined;
    if (named !== undefined) return { type: named };
    return value.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => inputs.get(name) ?? whole);
  };
  return record(JSON.parse(JSON.stringify(doc), fill));
}

const nameOf = (panel: Panel) => `panel-${panel.id}`;

function elementOf(json: Json, panel: Panel): Json {
  const written = panel.path === undefined ? {} : record(atPath(json, panel.path));
  const modern = modernPanel(written);
  return toElement({ ...modern, type: panel.type ?? panel.written }, panel.id);
}

function timeSettings({ json, ...dashboard }: Dashboard): Json {
  const picker = record(json.timepicker);
  const told = {
    timezone: dashboard.timezone,
    from: dashboard.from ?? "now-6h",
    to: dashboard.to ?? "now",
    autoRefresh: dashboard.refresh ?? "",
    autoRefreshIntervals: picker.refresh_intervals ?? ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"],
    hideTimepicker: picker.hidden === true,
    fiscalYearStartMonth: json.fiscalYearStartMonth ?? 0,
    weekStart: json.weekStart,
    nowDelay: picker.nowDelay,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined && value !== ""));
}

function layoutOf(dashboard: Dashboard): Json {
  const all = sections(dashboard.panels);
  if (all.every((one) => one.head === undefined)) return gridOf(all.flatMap((one) => one.panels));
  const rows = all.map(({ head, panels }) => ({
    kind: "RowsLayoutRow",
    spec: {
      title: head?.title ?? "",
      collapse: head?.collapsed === true,
      ...(head === undefined ? { hideHeader: true } : {}),
      ...(head === undefined || head.repeat === "" ? {} : { repeat: { mode: "variable", value: head.repeat } }),
      layout: gridOf(panels),
    },
  }));
  return { kind: "RowsLayout", spec: { rows } };
}

function gridOf(panels: readonly Panel[]): Json {
  const top = panels.reduce((least, one) => Math.min(least, one.place.y), Number.POSITIVE_INFINITY);
  const items = panels.map((panel) => {
    const { x, y, w, h } = panel.place;
    const { repeat: value, repeatDirection: direction, maxPerRow } = panel;
    const repeat = value === "" ? {} : { repeat: { mode: "variable", value, direction, maxPerRow } };
    const element = { kind: "ElementReference", name: nameOf(panel) };
    return { kind: "GridLayoutItem", spec: { x, y: y - top, width: w, height: h, element, ...repeat } };
  });
  return { kind: "GridLayout", spec: { items } };
}

/** Members with a place of their own in an element; what else there is stays beside them. */
function elementAnnotationOf(json: Json): Json {
  const { name, enable, hide, iconColor, builtIn, filter, datasource, target, ...rest } = json;
  const source = typeof datasource === "string" ? { uid: datasource } : record(datasource);
  const uid = text(source.uid);
  const query = {
    kind: "DataQuery",
    version: "v0",
    group: text(source.type) || (builtIn === 1 ? "grafana" : "prometheus"),
    ...(uid === "" ? {} : { datasource: { name: uid } }),
    spec: Object.keys(record(target)).length > 0 || rest.expr === undefined ? record(target) : { expr: rest.expr },
  };
  const told = Object.keys(rest).length === 0 ? {} : { legacyOptions: rest };
  const asked = { name: text(name, "Annotations"), enable: enable !== false, hide: hide === true };
  const marks = { iconColor: text(iconColor, "blue"), ...(builtIn === 1 ? { builtIn: true } : {}) };
  return {
    kind: "AnnotationQuery",
    spec: { ...asked, ...marks, ...(filter === undefined ? {} : { filter }), query, ...told },
  };
}
