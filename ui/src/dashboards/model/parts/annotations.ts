// Questions for annotations out of a dashboard's JSON: stored ones of this server, or events that a query finds.
import { type Json, list, number, record, text, texts } from "../../../api/decode";
import { parseSource } from "../parse";
import type { AnnotationQuery } from "../types";

/** Stored annotations asked for at once when the dashboard does not say how many. */
const USUAL_LIMIT = 100;
const MOST_LIMIT = 1_000;

/** Names of the source that stands for what the server itself stores. */
const STORE_UIDS = new Set(["-- Grafana --", "grafana"]);

export function parseAnnotations(value: unknown): AnnotationQuery[] {
  return list(record(value).list).map((one) => parseAnnotation(record(one)));
}

export function parseAnnotation(json: Json): AnnotationQuery {
  const target = record(json.target);
  const source = parseSource(json.datasource);
  const expr = text(json.expr) || text(target.expr) || text(target.query);
  const isStored =
    json.builtIn === 1 ||
    json.builtIn === true ||
    STORE_UIDS.has(source?.uid ?? "") ||
    (source === undefined && expr === "");
  const filter = record(json.filter);
  return {
    name: text(json.name, "Annotations"),
    kind: isStored ? "stored" : "query",
    enabled: json.enable !== false,
    hidden: json.hide === true,
    color: text(json.iconColor, "blue"),
    source,
    expr,
    step: text(json.step) || text(target.step) || text(target.interval),
    titleFormat: text(json.titleFormat) || text(target.titleFormat),
    textFormat: text(json.textFormat) || text(target.textFormat),
    tagKeys: keysOf(json.tagKeys ?? target.tagKeys),
    timeInValue: json.useValueForTime === true || json.useValueForTime === "on" || target.useValueForTime === true,
    byTags: (text(json.type) || text(target.type)) === "tags",
    tags: texts(json.tags ?? target.tags),
    anyTag: json.matchAny === true || target.matchAny === true,
    limit: Math.min(MOST_LIMIT, number(json.limit) ?? number(target.limit) ?? USUAL_LIMIT),
    panels:
      Array.isArray(filter.ids) && filter.ids.length > 0
        ? {
            exclude: filter.exclude === true,
            ids: filter.ids.filter((one): one is number => typeof one === "number"),
          }
        : undefined,
    ...(Array.isArray(json.snapshotData) ? { kept: list(json.snapshotData).map(record) } : {}),
  };
}

function keysOf(value: unknown): string[] {
  const all = typeof value === "string" ? value.split(",") : texts(value);
  return all.map((one) => one.trim()).filter((one) => one !== "");
}
