// What each variable stands for right now: chosen values, "all", data sources, macros, repeats. Pure.
import type { Range, RawRange } from "../../time/range";
import { roundStep, stepText } from "../../time/step";
import { browserZone, zone } from "../../time/zone";
import type { Path } from "../model/patch/path";
import { ALL, type Dashboard, type Variable, type VariableOption } from "../model/types";
import { readDuration } from "../query/duration";
import { sourceOptions } from "../query/source";
import { interpolate, type Lookup, namesIn, type Value } from "./interpolate";

export interface Settled {
  readonly variable: Variable;
  readonly options: readonly VariableOption[];
  readonly chosen: readonly string[];
}

export type SettledMap = ReadonlyMap<string, Settled>;

/** The chosen values: from the URL when it names any, else the stored ones, else all of them where that is
 * a choice, else the first. Of those in the URL only options count where they were chosen among `other` options before. */
export function choose(
  variable: Variable,
  options: readonly VariableOption[],
  asked: readonly string[] | undefined,
  other = false,
): string[] {
  const wanted = (asked ?? variable.current).map((one) => (one === "All" && variable.includeAll ? ALL : one));
  if (variable.kind === "textbox" || variable.kind === "constant") {
    return [wanted[0] ?? (variable.kind === "constant" ? variable.query : variable.query)];
  }
  const isKnown = (value: string) =>
    (value === ALL && variable.includeAll) || options.some((one) => one.value === value || one.text === value);
  const kept = asked === undefined || other ? wanted.filter(isKnown) : wanted;
  if (kept.length > 0) return variable.multi ? kept : kept.slice(0, 1);
  if (variable.includeAll) return [ALL];
  const first = options[0]?.value;
  return first !== undefined ? [first] : wanted.slice(0, variable.multi ? undefined : 1);
}

export function chosenValue(settled: Settled): Value {
  const { variable, options, chosen } = settled;
  const many = variable.multi || variable.includeAll;
  // Labels to group by are a list where they stand, not a pattern.
  if (variable.kind === "groupby")
    return { values: [chosen.join(",")], texts: [chosen.join(", ")], many, verbatim: true };
  if (chosen.includes(ALL)) {
    if (variable.allValue !== "") return { values: [variable.allValue], texts: ["All"], many, verbatim: true };
    const all = options.filter((one) => one.value !== ALL);
    // Nothing is known yet: everything matches, instead of nothing.
    if (all.length === 0) return { values: [".*"], texts: ["All"], many, verbatim: true };
    return { values: all.map((one) => one.value), texts: ["All"], many };
  }
  const texts = chosen.map((value) => options.find((one) => one.value === value)?.text ?? value);
  const verbatim = variable.kind === "constant" || variable.kind === "textbox" || variable.kind === "interval";
  return { values: chosen, texts, many, ...(verbatim ? { verbatim } : {}) };
}

/** The variables as a panel in a row or tab sees them: those of what is around it under their own names, the nearest first. */
export function variablesIn(all: SettledMap, inside: Path | undefined): SettledMap {
  if (inside === undefined) return all;
  const own = [...all.values()].filter(
    ({ variable }) => variable.written !== undefined && isAround(variable.section, inside),
  );
  if (own.length === 0) return all;
  const depth = (one: Settled) => one.variable.section?.length ?? 0;
  const sorted = own.sort((a, b) => depth(a) - depth(b));
  return new Map([...all, ...sorted.map((one) => [one.variable.written ?? one.variable.name, one] as const)]);
}

/** Whether a row or tab is, or holds, another. */
export function isAround(outer: Path | undefined, inner: Path | undefined): boolean {
  return outer === undefined || outer.every((step, at) => inner?.[at] === step);
}

/** The values a repeat runs through. */
export function repeatValues(settled: Settled | undefined): string[] {
  if (settled === undefined) return [];
  if (!settled.chosen.includes(ALL)) return [...settled.chosen];
  return settled.options.map((one) => one.value).filter((one) => one !== ALL);
}

export interface Clock {
  readonly range: Range;
  readonly raw: RawRange;
  readonly stepMs: number;
  /** How often sources are scraped, milliseconds. */
  readonly scrapeMs: number;
}

const single = (value: string): Value => ({ values: [value], texts: [value], many: false });

/** Macros: `$__interval`, `$__range`, `$__from` and so on. */
export function macroLookup(clock: Clock, dashboard: Pick<Dashboard, "uid" | "title">, all: SettledMap): Lookup {
  const rangeMs = clock.range.to - clock.range.from;
  const rateMs = Math.max(clock.stepMs + clock.scrapeMs, 4 * clock.scrapeMs);
  const macros: Readonly<Record<string, () => string>> = {
    __interval: () => stepText(clock.stepMs),
    __interval_ms: () => String(clock.stepMs),
    interval: () => stepText(clock.stepMs),
    __auto: () => stepText(clock.stepMs),
    __rate_interval: () => stepText(rateMs),
    __rate_interval_ms: () => String(rateMs),
    __range: () => `${Math.max(1, Math.round(rangeMs / 1_000))}s`,
    __range_s: () => String(Math.max(1, Math.round(rangeMs / 1_000))),
    __range_ms: () => String(Math.round(rangeMs)),
    __from: () => String(Math.round(clock.range.from)),
    __to: () => String(Math.round(clock.range.to)),
    __timezone: () => zone() ?? browserZone(),
    __url_time_range: () => `from=${encodeURIComponent(clock.raw.from)}&to=${encodeURIComponent(clock.raw.to)}`,
    __all_variables: () => allVariables(all),
  };
  return (name, field) => {
    if (name === "__dashboard") return single(field === "uid" ? dashboard.uid : dashboard.title);
    if (name === "__org") return single(field === "name" ? "Main Org." : "1");
    if (name === "__user") return single(field === "email" ? "" : field === "id" ? "1" : "admin");
    if (name.startsWith(AUTO)) return single(autoInterval(rangeMs, all.get(name.slice(AUTO.length))?.variable));
    const macro = Object.hasOwn(macros, name) ? macros[name] : undefined;
    return macro === undefined ? undefined : { ...single(macro()), verbatim: false };
  };
}

/** Before the name of an interval: the interval that fits the shown time. */
const AUTO = "__auto_interval_";

function autoInterval(rangeMs: number, variable: Variable | undefined): string {
  const { count, least } = variable?.auto ?? { count: 30, least: "10s" };
  const finest = readDuration(least) ?? 10_000;
  return stepText(roundStep(Math.max(finest, rangeMs / Math.max(1, count))));
}

function allVariables(all: SettledMap): string {
  return [...all.values()]
    .filter((one) => one.variable.kind !== "adhoc")
    .flatMap((one) =>
      one.chosen.map((value) => `var-${encodeURIComponent(one.variable.name)}=${encodeURIComponent(value)}`),
    )
    .join("&");
}

/** Repeats first, then variables, then macros. */
export function lookupOf(
  all: SettledMap,
  scope: ReadonlyMap<string, string>,
  macros: Lookup | undefined,
  inputs: ReadonlyMap<string, string> = new Map(),
): Lookup {
  return (name, field) => {
    const scoped = scope.get(name);
    if (scoped !== undefined) return { ...single(scoped), many: all.get(name)?.variable.multi ?? false };
    const settled = all.get(name);
    if (settled !== undefined && settled.variable.kind !== "adhoc") return chosenValue(settled);
    const input = inputs.get(name);
    if (input !== undefined) return single(input);
    return macros?.(name, field);
  };
}

/** Variables so that each one comes after those its question, pattern and source name. Cycles keep their order. */
export function inOrder(variables: readonly Variable[]): Variable[] {
  const byName = new Map(variables.map((one) => [one.name, one]));
  const done = new Set<string>();
  const result: Variable[] = [];
  const visit = (variable: Variable, path: ReadonlySet<string>) => {
    if (done.has(variable.name) || path.has(variable.name)) return;
    const inner = new Set([...path, variable.name]);
    for (const name of needs(variable)) {
      const other = byName.get(name);
      if (other !== undefined) visit(other, inner);
    }
    done.add(variable.name);
    result.push(variable);
  };
  for (const one of variables) visit(one, new Set());
  return result;
}

/** Names that a variable's own question needs. */
export function needs(variable: Variable): string[] {
  const own = `${variable.query} ${variable.regex} ${variable.source?.uid ?? ""}`;
  return namesIn(own).filter((name) => name !== variable.name);
}

/** Names of those whose options hang on this one, by others or directly. */
export function dependents(variables: readonly Variable[], name: string): string[] {
  const found = new Set([name]);
  for (const one of inOrder(variables)) if (needs(one).some((needed) => found.has(needed))) found.add(one.name);
  found.delete(name);
  return [...found];
}

/** Options that need no question to the server; `pattern` is that of the variable with others filled in. */
export function fixedOptions(variable: Variable, pattern = variable.regex): VariableOption[] | undefined {
  if (variable.kind === "datasource") return sourceOptions(variable.query, pattern);
  if (variable.kind === "query" || (variable.kind === "groupby" && variable.options.length === 0)) return undefined;
  if (variable.kind === "interval" && variable.auto !== undefined) {
    return [{ text: "auto", value: `$${AUTO}${variable.name}` }, ...variable.options];
  }
  if (variable.kind === "switch") {
    if (variable.options.length > 0) return [...variable.options];
    return [
      { text: "On", value: "true" },
      { text: "Off", value: "false" },
    ];
  }
  return variable.kind === "adhoc" ? [] : [...variable.options].filter((one) => one.value !== ALL);
}

/** A text with variables and macros filled in as people read them, for titles. */
export function fillText(text: string, lookup: Lookup): string {
  return interpolate(text, lookup, "words");
}
