// One variable's members: where each stands in the form of elements, and how its value is written there.
//
//   older form                         form of elements
//   query (of a question)              spec.query.spec.{__legacyStringValue|query|expr}
//   datasource                         spec.query.{group, datasource.name}; of filters: {group, datasource.name}
//   query (of data sources)            spec.pluginId
//   hide 0 1 2, sort 0..8, refresh     words
//   options, current (of a switch)     spec.{enabledValue, disabledValue}, spec.current
import { type Json, list, record, text } from "../../../api/decode";
import { elementVariable, HIDE_WORDS, SORT_WORDS, VARIABLE_KINDS } from "../elements/elements";
import { atPath, type Path, withPath } from "../patch/path";

const REFRESH_WORDS = ["never", "onDashboardLoad", "onTimeRangeChanged"];

/** The number of a refresh, which elements tell as a word. */
export function refreshNumber(value: unknown): number {
  return typeof value === "number" ? value : Math.max(0, REFRESH_WORDS.indexOf(text(value)));
}

export function withVariableMember(variable: Json, elements: boolean, member: Path, value: unknown): Json {
  const [first] = member;
  if (!elements) {
    if (first === "query" && member.length === 1) return withQuestion(variable, value);
    return record(withPath(variable, member, value));
  }
  const type = elementVariable(variable).type;
  if (first === "query" && type === "query") return withElementQuestion(variable, text(value));
  if (first === "datasource") return withElementSource(variable, type === "query", record(value));
  if (first === "options" && type === "switch") return withSwitchValues(variable, list(value));
  if (first === "current" && type === "switch")
    return record(withPath(variable, ["spec", "current"], record(value).value));
  return record(withPath(variable, elementPlace(type, member), elementWord(first, value)));
}

function elementPlace(type: unknown, member: Path): Path {
  if (member[0] === "query" && type === "datasource") return ["spec", "pluginId"];
  return ["spec", ...member];
}

function elementWord(member: unknown, value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (member === "hide") return HIDE_WORDS[value];
  if (member === "sort") return SORT_WORDS[value];
  return member === "refresh" ? REFRESH_WORDS[value] : value;
}

/** A question that is an object keeps its other members; its words stand in `definition` too. */
function withQuestion(variable: Json, value: unknown): Json {
  const before = record(variable.query);
  const key = ["query", "expr"].find((one) => before[one] !== undefined);
  const asked = key === undefined ? withPath(variable, ["query"], value) : withPath(variable, ["query", key], value);
  return record(variable.definition === undefined ? asked : withPath(asked, ["definition"], value));
}

function withElementQuestion(variable: Json, value: string): Json {
  const path: Path = ["spec", "query", "spec"];
  const own = record(atPath(variable, path));
  const key = ["__legacyStringValue", "query", "expr"].find((one) => text(own[one]) !== "");
  const asked =
    key === undefined
      ? withPath(variable, path, { __legacyStringValue: value })
      : withPath(variable, [...path, key], value);
  const isDefined = record(variable.spec).definition !== undefined;
  return record(isDefined ? withPath(asked, ["spec", "definition"], value) : asked);
}

function withElementSource(variable: Json, isQuestion: boolean, source: Json): Json {
  const base: Path = isQuestion ? ["spec", "query"] : [];
  const early: Path = ["spec", "datasource"];
  if (isQuestion && atPath(variable, early) !== undefined) return record(withPath(variable, early, source));
  const named = withPath(variable, [...base, "group"], text(source.type));
  return record(withPath(named, [...base, "datasource"], { name: text(source.uid) }));
}

function withSwitchValues(variable: Json, options: readonly unknown[]): Json {
  const [on, off] = options.map((one) => text(record(one).value));
  const enabled = withPath(variable, ["spec", "enabledValue"], on ?? "true");
  return record(withPath(enabled, ["spec", "disabledValue"], off ?? "false"));
}

/** A variable of the older form in the form of elements. */
export function toElementVariable(variable: Json): Json {
  const { type, datasource, query, ...rest } = variable;
  const kind = Object.entries(VARIABLE_KINDS).find(([, one]) => one === type)?.[0] ?? "CustomVariable";
  const spec = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, elementWord(name, value)]));
  const source = record(datasource);
  const group = text(source.type, "prometheus");
  const named = text(source.uid) === "" ? {} : { datasource: { name: source.uid } };
  if (type === "query") {
    const asked = { kind: "DataQuery", version: "v0", group, ...named, spec: { __legacyStringValue: text(query) } };
    return { kind, spec: { ...spec, query: asked } };
  }
  if (type === "adhoc" || type === "groupby") return { kind, group, ...named, spec };
  if (type === "datasource") return { kind, spec: { ...spec, pluginId: query } };
  if (type !== "switch") return { kind, spec: query === undefined ? spec : { ...spec, query } };
  const { options, current, ...own } = spec;
  const [on, off] = list(options).map((one) => text(record(one).value));
  return {
    kind,
    spec: { ...own, current: record(current).value, enabledValue: on ?? "true", disabledValue: off ?? "false" },
  };
}

export function newVariable(name: string, elements: boolean): Json {
  const made = {
    name,
    type: "query",
    datasource: { type: "prometheus", uid: "oriel-metrics" },
    query: "label_values(job)",
    refresh: 1,
    sort: 1,
    regex: "",
    hide: 0,
    multi: false,
    includeAll: false,
  };
  return elements ? toElementVariable(made) : made;
}
