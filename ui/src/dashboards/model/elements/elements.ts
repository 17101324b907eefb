// Reads dashboards whose panels are elements by name (`{elements, layout, variables, timeSettings}`), bare or as a resource
// with metadata around them. Each part is told to the readers of the other form in their words, so that there is one reader
// of panels, variables and annotations. Nothing throws.
//
//   elements.NAME.spec            -> panel                 {id, title, type, targets, options, fieldConfig}
//   data.spec.queries[].spec      -> targets[]             {refId, hide, datasource, ...query.spec}
//   vizConfig                     -> type, options, fieldConfig
import { type Json, list, number, record, text, texts } from "../../../api/decode";
import { parseDashboardLink, parsePanel } from "../parse";
import { parseAnnotation } from "../parts/annotations";
import { parseVariable } from "../parts/variable";
import type { Path } from "../patch/path";
import type { Dashboard, Panel, Variable } from "../types";
import { itemsOf, parseLayout } from "./tree";

/** Where title, elements and layout are: in the document itself, or in its `spec`. */
export function elementsPath(json: Json): Path | undefined {
  const hasElements = (one: Json) =>
    Object.keys(record(one.elements)).length > 0 || record(one.layout).kind !== undefined;
  if (hasElements(json)) return [];
  return hasElements(record(json.spec)) ? ["spec"] : undefined;
}

export function parseElements(json: Json, base: Path): Dashboard {
  const spec = base.length === 0 ? json : record(json.spec);
  const time = record(spec.timeSettings);
  const layout = parseLayout(spec.layout, [...base, "layout"]);
  const items = new Map(itemsOf(layout).map((one) => [one.element, one]));
  const panels = Object.entries(record(spec.elements)).map(([name, element]): Panel => {
    const item = items.get(name);
    const made = parsePanel(elementPanel(record(element)), [...base, "elements", name]);
    return {
      ...made,
      ...(item === undefined
        ? {}
        : {
            place: item.place,
            repeat: item.repeat?.variable ?? "",
            repeatDirection: item.repeat?.direction ?? "h",
            maxPerRow: item.repeat?.maxPerRow ?? 4,
          }),
    };
  });
  const refresh = text(time.autoRefresh);
  return {
    uid: text(record(json.metadata).name) || text(json.uid),
    title: text(spec.title, "Untitled"),
    description: text(spec.description),
    tags: texts(spec.tags),
    timezone: text(time.timezone),
    from: text(time.from) || undefined,
    to: text(time.to) || undefined,
    refresh: refresh === "" ? undefined : refresh,
    shared: spec.cursorSync === "Crosshair" ? 1 : spec.cursorSync === "Tooltip" ? 2 : 0,
    editable: spec.editable !== false,
    variables: allVariables(spec, base),
    annotations: list(spec.annotations).map((one) => parseAnnotation(elementAnnotation(record(record(one).spec)))),
    panels,
    layout,
    links: list(spec.links).map((one) => parseDashboardLink(record(one))),
    inputs: new Map(),
    json,
  };
}

/** Variables of the dashboard, then those of its rows and tabs. One whose name is taken gets another for the page, and is found
 * under its own by what stands in its row or tab. */
function allVariables(spec: Json, base: Path): Variable[] {
  const found: Variable[] = [];
  const taken = new Map<string, number>();
  const add = (variables: unknown, section: Path | undefined) => {
    for (const one of list(variables)) {
      const variable = parseVariable(elementVariable(record(one)));
      const times = (taken.get(variable.name) ?? 0) + 1;
      taken.set(variable.name, times);
      if (section === undefined) {
        if (times === 1) found.push(variable);
      } else if (times === 1) found.push({ ...variable, section });
      else found.push({ ...variable, section, name: `${variable.name}__${times}`, written: variable.name });
    }
  };
  const walk = (layout: Json, path: Path, depth: number) => {
    if (depth > 8) return;
    const inner = record(layout.spec);
    for (const kind of ["rows", "tabs"]) {
      for (const [index, group] of list(inner[kind]).entries()) {
        const own = record(record(group).spec);
        const at: Path = [...path, "spec", kind, index];
        add(own.variables, at);
        walk(record(own.layout), [...at, "spec", "layout"], depth + 1);
      }
    }
  };
  add(spec.variables, undefined);
  walk(record(spec.layout), [...base, "layout"], 0);
  return found;
}

/** An element in the words of a panel. A library panel keeps its reference. */
export function elementPanel(element: Json): Json {
  const spec = record(element.spec);
  if (element.kind === "LibraryPanel") {
    return { id: spec.id, title: spec.title, type: "timeseries", libraryPanel: spec.libraryPanel };
  }
  const data = record(record(spec.data).spec);
  const viz = record(spec.vizConfig);
  const look = record(viz.spec);
  return {
    id: spec.id,
    title: spec.title,
    description: spec.description,
    links: spec.links,
    transparent: spec.transparent,
    type: vizType(viz),
    targets: list(data.queries).map((one) => elementTarget(record(record(one).spec))),
    transformations: list(data.transformations).map((one) => elementTransformation(record(one))),
    ...record(data.queryOptions),
    options: look.options,
    fieldConfig: look.fieldConfig,
  };
}

/** The type stands in `group`; an early form has it as `kind`. */
export function vizType(viz: Json): string {
  return text(viz.group) || (viz.kind === "VizConfig" ? "" : text(viz.kind)) || "timeseries";
}

/** A query in the words of a target. */
export function elementTarget(spec: Json): Json {
  const query = record(spec.query);
  return { ...record(query.spec), refId: spec.refId, hide: spec.hidden === true, datasource: elementSource(spec) };
}

/** `group` is the type, `datasource.name` the uid; an early form has both beside the query. */
function elementSource(spec: Json): Json | undefined {
  const early = record(spec.datasource);
  if (early.uid !== undefined || early.type !== undefined) return early;
  const query = record(spec.query);
  const type = text(query.group) || (query.kind === "DataQuery" ? "" : text(query.kind));
  const uid = text(record(query.datasource).name);
  return type === "" && uid === "" ? undefined : { ...(type === "" ? {} : { type }), ...(uid === "" ? {} : { uid }) };
}

export function elementTransformation(one: Json): Json {
  const spec = record(one.spec);
  const kind = text(one.kind);
  return { ...spec, id: text(one.group) || text(spec.id) || (kind === "Transformation" ? "" : kind) };
}

/** Words for hiding, at the numbers of the other form. */
export const HIDE_WORDS = ["dontHide", "hideLabel", "hideVariable", "inControlsMenu"];

/** Words for orders, at the numbers of the other form. */
export const SORT_WORDS = [
  "disabled",
  "alphabeticalAsc",
  "alphabeticalDesc",
  "numericalAsc",
  "numericalDesc",
  "alphabeticalCaseInsensitiveAsc",
  "alphabeticalCaseInsensitiveDesc",
  "naturalAsc",
  "naturalDesc",
];

export const VARIABLE_KINDS: Readonly<Record<string, string>> = {
  QueryVariable: "query",
  TextVariable: "textbox",
  ConstantVariable: "constant",
  DatasourceVariable: "datasource",
  IntervalVariable: "interval",
  CustomVariable: "custom",
  GroupByVariable: "groupby",
  AdhocVariable: "adhoc",
  SwitchVariable: "switch",
};

export function elementVariable(variable: Json): Json {
  const spec = record(variable.spec);
  const type = VARIABLE_KINDS[text(variable.kind)] ?? "custom";
  const sort = SORT_WORDS.indexOf(text(spec.sort));
  const hide = HIDE_WORDS.indexOf(text(spec.hide));
  const base = {
    ...spec,
    type,
    hide: hide < 0 ? (number(spec.hide) ?? 0) : hide,
    sort: sort < 0 ? number(spec.sort) : sort,
  };
  if (type === "query") {
    const query = record(spec.query);
    const own = record(query.spec);
    const asked = text(own.__legacyStringValue) || text(own.query) || text(own.expr);
    const question = asked !== "" ? asked : Object.keys(own).length > 0 ? own : spec.definition;
    return { ...base, query: question, datasource: elementSource(spec) };
  }
  if (type === "datasource") return { ...base, query: spec.pluginId };
  if (type === "adhoc" || type === "groupby") {
    return { ...base, datasource: { type: variable.group, uid: record(variable.datasource).name } };
  }
  if (type !== "switch") return base;
  const on = text(spec.enabledValue, "true");
  const off = text(spec.disabledValue, "false");
  return {
    ...base,
    current: { value: typeof spec.current === "string" ? spec.current : off },
    options: [
      { text: "On", value: on },
      { text: "Off", value: off },
    ],
  };
}

export function elementAnnotation(spec: Json): Json {
  const query = record(spec.query);
  return {
    ...record(spec.legacyOptions),
    ...spec,
    target: query.spec,
    datasource: elementSource(spec),
    ...(spec.builtIn === true ? { builtIn: 1 } : {}),
  };
}
