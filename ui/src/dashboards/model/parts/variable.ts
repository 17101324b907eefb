// One variable out of JSON. Its options are what was stored; a question is asked anew when the page opens.
import { type Json, list, number, record, text } from "../../../api/decode";
import { parseSource } from "../parse";
import type { AdhocFilter, Variable, VariableKind, VariableOption } from "../types";

const KINDS: readonly VariableKind[] = [
  "query",
  "datasource",
  "custom",
  "interval",
  "textbox",
  "constant",
  "adhoc",
  "groupby",
  "switch",
];

export function parseVariable(json: Json): Variable {
  const kind = KINDS.find((one) => one === json.type) ?? "custom";
  const query = queryText(json.query ?? json.definition);
  const hide = number(json.hide) ?? 0;
  const stored = list(json.options).map(parseOption);
  return {
    name: text(json.name),
    kind,
    label: text(json.label) || text(json.name),
    source: parseSource(json.datasource),
    query: query === "" ? text(json.definition) : query,
    regex: text(json.regex),
    sort: number(json.sort) ?? 0,
    multi: json.multi === true,
    includeAll: json.includeAll === true,
    allValue: text(json.allValue),
    ownValues: json.allowCustomValue !== false,
    hide: hide === 2 || kind === "constant" ? "variable" : hide === 1 ? "label" : "no",
    current: currentValues(record(json.current).value),
    options: kind === "custom" || kind === "interval" ? writtenOptions(query, json.valuesFormat) : stored,
    auto: json.auto === true ? { count: number(json.auto_count) ?? 30, least: text(json.auto_min, "10s") } : undefined,
    filters: [...list(json.baseFilters), ...list(json.filters)].map((one) => parseFilter(record(one))),
  };
}

/** A question is text, or an object with the text and, for logs, its parts. */
function queryText(value: unknown): string {
  if (typeof value === "string") return value;
  const json = record(value);
  const asked = text(json.query) || text(json.expr);
  if (asked !== "") return asked;
  const label = text(json.label);
  // Of logs and traces: kind 0 asks which labels there are.
  if (label === "") return json.type === 0 ? "label_names()" : "";
  const stream = text(json.stream);
  return stream === "" ? `label_values(${label})` : `label_values(${stream}, ${label})`;
}

function parseOption(value: unknown): VariableOption {
  const json = record(value);
  const own = text(json.value);
  return { value: own, text: text(json.text, own) };
}

function currentValues(value: unknown): string[] {
  if (Array.isArray(value)) return value.map((one) => text(one)).filter((one) => one !== "");
  const single = text(value);
  return single === "" ? [] : [single];
}

/** Options as they are written: a list of words, or of objects with `text` and `value` in JSON. */
function writtenOptions(query: string, format: unknown): VariableOption[] {
  if (format !== "json") return splitOptions(query);
  try {
    return list(JSON.parse(query)).map((one) => parseOption(typeof one === "object" ? one : { value: one }));
  } catch {
    return [];
  }
}

/** `a, b\\,c, Name : value`: commas behind a backslash stay; behind a name a value may be empty. */
export function splitOptions(query: string): VariableOption[] {
  return (query.match(/(?:\\,|[^,])+/g) ?? []).flatMap((part) => {
    const one = part.replaceAll("\\,", ",");
    const [, name, value] = /^(.+)\s:\s(.*)$/s.exec(one) ?? [];
    if (name !== undefined && value !== undefined) return [{ text: name.trim(), value: value.trim() }];
    return one.trim() === "" ? [] : [{ text: one.trim(), value: one.trim() }];
  });
}

function parseFilter(json: Json): AdhocFilter {
  return { key: text(json.key), operator: text(json.operator, "="), value: text(json.value) };
}
