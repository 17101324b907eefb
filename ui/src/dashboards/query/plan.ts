// Which queries a panel sends: data source, text with everything filled in, step, ends. Pure.
import { parser } from "@prometheus-io/lezer-promql";
import { type Json, text } from "../../api/decode";
import { pan, type Range, type RawRange, resolveRange } from "../../time/range";
import { alignFor, alignRange, chartStep } from "../../time/step";
import { keptSpan } from "../data/written";
import type { AdhocFilter, Dashboard, Panel, Target } from "../model/types";
import { escapeRegex, interpolate } from "../variables/interpolate";
import { type Clock, lookupOf, macroLookup, type SettledMap } from "../variables/values";
import { readDuration } from "./duration";
import { resolveSource, type Signal, SOURCES } from "./source";

export interface Planned {
  readonly refId: string;
  readonly signal: Signal;
  readonly expr: string;
  readonly mode: "range" | "instant" | "logs" | "traces" | "expressions";
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly legend: string;
  readonly format: Target["format"];
  readonly limit: number;
  readonly exemplars: boolean;
  /** Asked for so much earlier, and shown so much later, milliseconds. */
  readonly laterMs?: number;
  /** Of expressions: they and what they read, as the server takes them together. */
  readonly batch?: readonly Json[];
}

export interface Plan {
  readonly queries: readonly Planned[];
  /** Why targets are not sent, if any are not. */
  readonly refused: readonly string[];
  /** The range the panel shows; a panel may shift its own. */
  readonly range: Range;
}

export interface PlanInput {
  readonly dashboard: Pick<Dashboard, "uid" | "title" | "inputs">;
  readonly panel: Panel;
  readonly variables: SettledMap;
  readonly scope: ReadonlyMap<string, string>;
  readonly range: Range;
  readonly raw: RawRange;
  readonly now: number;
  /** Width of the panel, pixels. */
  readonly width: number;
}

/** A source that does not say how often it is scraped: the usual 15 s. */
const SCRAPE_MS = 15_000;
/** Log lines a panel asks for when it does not say how many. */
const LINES = 500;
const MOST_LINES = 5_000;
const TRACES = 20;
/** As many as a range may have. */
const MOST_POINTS = 11_000;

export function planPanel(input: PlanInput): Plan {
  const { panel, variables, scope, dashboard } = input;
  const range = shownRange(panel, input);
  const queries: Planned[] = [];
  const refused = new Set<string>();
  const sourceLookup = lookupOf(variables, scope, undefined, dashboard.inputs);
  const hasExpressions = panel.targets.some((one) => one.expression !== undefined && !one.hide);
  const batch: Json[] = [];
  let coarsest = 0;
  for (const target of panel.targets) {
    if (target.expression !== undefined) {
      batch.push(expressionOf(target, target.expression, input));
      continue;
    }
    // What is hidden is asked where an expression reads it.
    if ((target.hide && !hasExpressions) || target.expr.trim() === "") continue;
    const signal = resolveSource(panel, target, sourceLookup);
    if (typeof signal === "object") {
      refused.add(`This panel asks a ${signal.unsupported}, whose language Oriel does not speak.`);
      continue;
    }
    const finest = leastStep(target, panel, sourceLookup) ?? (signal === "metrics" ? SCRAPE_MS : 1_000);
    const width = panel.maxDataPoints ?? input.width;
    const stepMs = chartStep(range, Math.max(100, width), finest) * Math.max(1, target.intervalFactor);
    const clock: Clock = {
      range,
      raw: input.raw,
      stepMs,
      scrapeMs: leastStep(target, panel, sourceLookup) ?? SCRAPE_MS,
    };
    const lookup = lookupOf(variables, scope, macroLookup(clock, dashboard, variables), dashboard.inputs);
    const filled = interpolate(target.expr, lookup, "query").trim();
    const expr = filteredExpr(filled, signal, filtersFor(input, signal));
    const legend = interpolate(target.legend, lookupOf(variables, scope, undefined), "plain");
    const base = {
      refId: target.refId,
      signal,
      expr,
      stepMs,
      legend,
      format: target.format,
      exemplars: target.exemplars,
    };
    coarsest = Math.max(coarsest, stepMs);
    batch.push(readQuery(target, signal, expr, stepMs));
    if (target.hide) continue;
    for (const mode of modesOf(target, panel, signal, expr)) {
      const ends = mode === "range" ? alignFor(signal, range, stepMs) : range;
      const query = { ...base, mode, startMs: ends.from, endMs: ends.to, limit: limitOf(target, signal) };
      queries.push(query);
      if (mode === "range") queries.push(...before(query, panel, range));
    }
  }
  if (hasExpressions) queries.push(expressionsPlan(batch, alignRange(range, coarsest || SCRAPE_MS), coarsest));
  return { queries, refused: [...refused], range };
}

/** An expression with its variables filled in; `$A` is no variable and stays. */
function expressionOf(target: Target, json: Json, { variables, scope, dashboard }: PlanInput): Json {
  const filled = interpolate(text(json.expression), lookupOf(variables, scope, undefined, dashboard.inputs), "plain");
  const datasource = { type: "__expr__", uid: "__expr__" };
  return { ...json, refId: target.refId, expression: filled, datasource, hide: target.hide };
}

/** A query that expressions may read; its own answer is not told. */
function readQuery(target: Target, signal: Signal, expr: string, stepMs: number): Json {
  const { refId, instant, legend } = target;
  const uid = SOURCES.find((one) => one.signal === signal)?.uid;
  return {
    refId,
    datasource: { uid },
    expr,
    query: expr,
    instant,
    range: !instant,
    legendFormat: legend,
    intervalMs: stepMs,
    maxDataPoints: MOST_POINTS,
    hide: true,
  };
}

function expressionsPlan(batch: readonly Json[], range: Range, stepMs: number): Planned {
  const shown = batch.filter((one) => one.hide !== true);
  return {
    refId: text(shown[0]?.refId),
    signal: "metrics",
    expr: shown.map((one) => `${text(one.refId)}: ${text(one.expression)}`).join("; "),
    mode: "expressions",
    startMs: range.from,
    endMs: range.to,
    stepMs,
    legend: "",
    format: "time_series",
    limit: 0,
    exemplars: false,
    batch,
  };
}

function limitOf(target: Target, signal: Signal): number {
  return Math.min(MOST_LINES, target.limit ?? (signal === "traces" ? TRACES : LINES));
}

function modesOf(target: Target, panel: Panel, signal: Signal, expr: string): Planned["mode"][] {
  if (signal === "traces") return isSpanMetric(expr) ? ["range"] : ["traces"];
  if (signal === "logs" && isLogQuery(expr)) return ["logs"];
  if (target.instant && target.range && target.format !== "table") return ["range", "instant"];
  if (target.instant) return ["instant"];
  return panel.type === "logs" && signal === "logs" ? ["logs"] : ["range"];
}

/** A LogQL query for lines starts with its selector; one for numbers with a function. */
export function isLogQuery(expr: string): boolean {
  return expr.trimStart().startsWith("{");
}

function isSpanMetric(expr: string): boolean {
  return /\|\s*(rate|count_over_time|sum_over_time|avg_over_time|min_over_time|max_over_time|quantile_over_time|histogram_over_time)\s*\(/.test(
    expr,
  );
}

function leastStep(target: Target, panel: Panel, lookup: Parameters<typeof interpolate>[1]): number | undefined {
  for (const text of [target.interval, panel.interval]) {
    const millis = readDuration(interpolate(text, lookup, "plain"));
    if (millis !== undefined) return millis;
  }
  return undefined;
}

/** What a snapshot keeps is of its own hours, not of those before now. */
function shownRange(panel: Panel, { range, now }: PlanInput): Range {
  const own = panelRange(panel, range, now);
  return own === range || panel.kept === undefined ? own : (keptSpan(panel.kept) ?? own);
}

/** A panel may show its own last hours, or the same hours of last week. */
export function panelRange(panel: Pick<Panel, "timeFrom" | "timeShift">, range: Range, now: number): Range {
  let shown = range;
  if (panel.timeFrom !== "") {
    const from = panel.timeFrom.startsWith("now") ? panel.timeFrom : `now-${panel.timeFrom}`;
    shown = resolveRange({ from, to: "now" }, now);
  }
  const shift = readDuration(panel.timeShift.replace(/^-/, ""));
  return shift === undefined ? shown : pan(shown, -shift / (shown.to - shown.from));
}

/** The same question of an earlier time, where the panel compares. */
function before(query: Planned, { type, timeCompare }: Panel, range: Range): Planned[] {
  const isPrevious = timeCompare === "__previousPeriod";
  const laterMs = isPrevious
    ? range.to - range.from
    : readDuration(timeCompare.replace(/^(\d+)M$/, (_whole, many) => `${many * MONTH_DAYS}d`));
  if (laterMs === undefined || type !== "timeseries") return [];
  const [startMs, endMs] = [query.startMs - laterMs, query.endMs - laterMs];
  return [{ ...query, startMs, endMs, laterMs, exemplars: false }];
}

/** A month before is as long as most. */
const MONTH_DAYS = 30;

/** The filters over the dashboard that are those of one signal; those that name no source are of metrics. */
function filtersFor({ variables, scope, dashboard }: PlanInput, signal: Signal): readonly AdhocFilter[] {
  const lookup = lookupOf(variables, scope, undefined, dashboard.inputs);
  return [...variables.values()].flatMap(({ variable }) => {
    if (variable.kind !== "adhoc") return [];
    return resolveSource({ source: variable.source }, undefined, lookup) === signal ? variable.filters : [];
  });
}

function filteredExpr(expr: string, signal: Signal, filters: readonly AdhocFilter[]): string {
  if (filters.length === 0 || signal === "traces") return expr;
  return signal === "metrics" ? withFilters(expr, filters) : withStreamFilters(expr, filters);
}

/** Puts label matchers into every stream selector of a LogQL query; braces within quotes are no selectors. */
export function withStreamFilters(expr: string, filters: readonly AdhocFilter[]): string {
  const added = filters.filter((one) => one.key !== "").map(matcher);
  if (added.length === 0) return expr;
  return expr.replaceAll(/"(?:\\.|[^"\\])*"|`[^`]*`|\{((?:"(?:\\.|[^"\\])*"|`[^`]*`|[^{}"`])*)\}/g, (whole, inside) => {
    if (inside === undefined) return whole;
    const written: string = inside.trim();
    return `{${[...(written === "" ? [] : [written.replace(/,\s*$/, "")]), ...added].join(", ")}}`;
  });
}

/** Puts label matchers into every selector of a PromQL expression, by its syntax tree. */
export function withFilters(expr: string, filters: readonly AdhocFilter[]): string {
  const matchers = filters.filter((one) => one.key !== "").map(matcher);
  if (matchers.length === 0) return expr;
  const added = matchers.join(",");
  const inserts: { at: number; text: string }[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.name !== "VectorSelector") return;
      const inner = node.node.getChild("LabelMatchers");
      if (inner === null) {
        inserts.push({ at: node.to, text: `{${added}}` });
        return;
      }
      const isEmpty = expr.slice(inner.from + 1, inner.to - 1).trim() === "";
      inserts.push({ at: inner.from + 1, text: isEmpty ? added : `${added},` });
    },
  });
  return inserts.reverse().reduce((text, one) => text.slice(0, one.at) + one.text + text.slice(one.at), expr);
}

function matcher(filter: AdhocFilter): string {
  const isAny = filter.operator === "=|" || filter.operator === "!=|";
  const operator = isAny ? (filter.operator === "=|" ? "=~" : "!~") : filter.operator;
  const value = isAny
    ? filter.value
        .split("|")
        .map((one) => escapeRegex(one))
        .join("|")
    : filter.value;
  return `${filter.key}${operator}"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
