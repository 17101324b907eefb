// Settles the variables of a dashboard, one after the other where one needs another, each asked once a change.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { queryInstant } from "../../../api/prometheus/query";
import type { Range } from "../../../time/range";
import type { Dashboard, Variable, VariableOption } from "../../model/types";
import { askLabelNames, askLabelValues } from "../../query/run";
import { resolveSource } from "../../query/source";
import { interpolate } from "../../variables/interpolate";
import { applyPattern, readQuestion, sortOptions } from "../../variables/options";
import { choose, fixedOptions, inOrder, lookupOf, macroLookup, needs, type Settled } from "../../variables/values";

export interface Variables {
  readonly all: ReadonlyMap<string, Settled>;
  /** Every question is answered. */
  readonly ready: boolean;
  readonly errors: ReadonlyMap<string, unknown>;
  readonly pending: ReadonlySet<string>;
}

export type Asked = ReadonlyMap<string, readonly string[]>;

/** Options live as long as their range is roughly the same: minutes, not seconds. */
const RANGE_QUANTUM_MS = 300_000;

interface Question {
  readonly key: readonly unknown[];
  readonly ask: (signal: AbortSignal) => Promise<VariableOption[]>;
}

const NONE: ReadonlySet<string> = new Set();

/** `loose`: variables whose values were chosen before what they hang on was changed. */
export function useVariables(
  dashboard: Dashboard,
  asked: Asked,
  range: Range,
  loose: ReadonlySet<string> = NONE,
): Variables {
  const ordered = useMemo(() => inOrder(dashboard.variables), [dashboard.variables]);
  const coarse = useMemo(
    () => ({
      from: Math.floor(range.from / RANGE_QUANTUM_MS) * RANGE_QUANTUM_MS,
      to: Math.ceil(range.to / RANGE_QUANTUM_MS) * RANGE_QUANTUM_MS,
    }),
    [range],
  );
  // Questions whose own needs are settled are asked; the answers of one round settle the needs of the next.
  const questions = ordered.filter((one) => fixedOptions(one) === undefined);
  const known = new Map<string, VariableOption[]>();
  const plan = (answers: ReadonlyMap<string, VariableOption[]>) => settleAll(dashboard, ordered, asked, answers, loose);
  const results = useQueries({
    queries: questions.map((variable) => ({
      queryKey: [
        "variable",
        dashboard.uid,
        variable.name,
        variable.query,
        variable.regex,
        coarse,
        depends(variable, ordered, asked, loose),
      ],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<VariableOption[]> =>
        answerOf({ dashboard, ordered, asked, loose, range: coarse }, variable, signal),
      staleTime: RANGE_QUANTUM_MS,
    })),
  });
  const errors = new Map<string, unknown>();
  const pending = new Set<string>();
  questions.forEach((variable, index) => {
    const result = results[index];
    if (result?.data !== undefined) known.set(variable.name, result.data);
    if (result?.error) errors.set(variable.name, result.error);
    if (result?.isPending === true) pending.add(variable.name);
  });
  const { all } = plan(known);
  const shape = JSON.stringify(
    [...all].map(([name, one]) => [name, one.chosen, one.options.length, one.options[0], one.variable.filters]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape says when the values differ
  const kept = useMemo(() => all, [shape, dashboard]);
  return { all: kept, ready: pending.size === 0, errors, pending };
}

/** What an answer depends on besides its own text: the chosen values of everything it needs, as asked in the URL. */
function depends(
  variable: Variable,
  ordered: readonly Variable[],
  asked: Asked,
  loose: ReadonlySet<string>,
): unknown[] {
  const seen = new Set<string>();
  const visit = (one: Variable) => {
    for (const name of needs(one)) {
      const other = ordered.find((two) => two.name === name);
      if (other === undefined || seen.has(name)) continue;
      seen.add(name);
      visit(other);
    }
  };
  visit(variable);
  return [...seen].sort().map((name) => [name, asked.get(name) ?? null, loose.has(name)]);
}

function settleAll(
  dashboard: Dashboard,
  ordered: readonly Variable[],
  asked: Asked,
  answers: ReadonlyMap<string, VariableOption[]>,
  loose: ReadonlySet<string>,
): { all: Map<string, Settled> } {
  const all = new Map<string, Settled>();
  for (const variable of ordered) {
    const options = fixedOptions(variable, patternOf(variable, all, dashboard)) ?? answers.get(variable.name) ?? [];
    const own = asked.get(variable.name);
    if (variable.kind === "adhoc") {
      const filters = own === undefined ? variable.filters : own.flatMap(readFilter);
      all.set(variable.name, { variable: { ...variable, filters }, options: [], chosen: own ?? [] });
      continue;
    }
    all.set(variable.name, { variable, options, chosen: choose(variable, options, own, loose.has(variable.name)) });
  }
  // Shown in the order of the file.
  return {
    all: new Map(
      dashboard.variables.flatMap((one) => {
        const settled = all.get(one.name);
        return settled === undefined ? [] : [[one.name, settled] as const];
      }),
    ),
  };
}

/** The pattern of a variable with the values of those before it. */
function patternOf(variable: Variable, settled: ReadonlyMap<string, Settled>, { inputs }: Dashboard): string {
  return interpolate(variable.regex, lookupOf(settled, new Map(), undefined, inputs), "plain");
}

/** `key|operator|value`, as URLs carry filters. */
export function readFilter(text: string) {
  const [key = "", operator = "=", ...value] = text.split("|");
  return key === "" ? [] : [{ key, operator, value: value.join("|") }];
}

interface Asking {
  readonly dashboard: Dashboard;
  readonly ordered: readonly Variable[];
  readonly asked: Asked;
  readonly loose: ReadonlySet<string>;
  readonly range: Range;
}

/** Answers what a variable needs, then itself. Answers of needs are asked again only when they are not remembered. */
async function answerOf(
  { dashboard, ordered, asked, loose, range }: Asking,
  variable: Variable,
  signal: AbortSignal,
): Promise<VariableOption[]> {
  const settled = new Map<string, Settled>();
  const wanted = new Set([variable.name]);
  for (const one of [...ordered].reverse()) if (wanted.has(one.name)) for (const name of needs(one)) wanted.add(name);
  for (const one of ordered) {
    if (!wanted.has(one.name)) continue;
    const fixed = fixedOptions(one, patternOf(one, settled, dashboard));
    const options = fixed ?? (await questionOf(dashboard, one, settled, range).ask(signal));
    if (one.name === variable.name) return options;
    const chosen = choose(one, options, asked.get(one.name), loose.has(one.name));
    settled.set(one.name, { variable: one, options, chosen });
  }
  return [];
}

function questionOf(
  dashboard: Dashboard,
  variable: Variable,
  settled: ReadonlyMap<string, Settled>,
  range: Range,
): Question {
  const raw = { from: String(range.from), to: String(range.to) };
  const clock = { range, raw, stepMs: 60_000, scrapeMs: 15_000 };
  const lookup = lookupOf(settled, new Map(), macroLookup(clock, dashboard, settled), dashboard.inputs);
  const query = interpolate(variable.query, lookup, "query");
  const source = resolveSource({ source: variable.source }, undefined, lookup);
  const regex = interpolate(variable.regex, lookup, "plain");
  const finish = (values: readonly string[]) =>
    sortOptions(
      applyPattern(
        values.filter((one) => one !== "").map((value) => ({ text: value, value })),
        regex,
      ),
      variable.sort,
    );
  return {
    key: [query, source, regex],
    ask: async (signal) => {
      if (typeof source === "object") return [];
      if (variable.kind === "groupby") {
        const names = await askLabelNames(source, "", range, signal);
        return finish(names.filter((one) => !one.startsWith("__")));
      }
      const question = readQuestion(query);
      if (question.kind === "label_values") {
        return finish(await askLabelValues(source, question.label, question.selector, range, signal));
      }
      if (question.kind === "label_names") return finish(await askLabelNames(source, question.selector, range, signal));
      if (question.kind === "metrics") {
        const names = await askLabelValues("metrics", "__name__", "", range, signal);
        const pattern = new RegExp(question.pattern);
        return finish(names.filter((one) => pattern.test(one)));
      }
      const expr = question.kind === "query_result" ? question.expr : question.text;
      const { rows } = await queryInstant(expr, range.to, signal);
      const written = rows.map((row) => {
        const { __name__: name = "", ...rest } = row.labels;
        const inside = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
        return `${name}{${inside.join(",")}} ${row.value} ${Math.round(row.time * 1_000)}`;
      });
      return finish(written);
    },
  };
}
