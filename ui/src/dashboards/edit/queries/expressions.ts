// Expressions among the queries of a panel: what one of each kind begins as, what it reads, and how queries are renamed
// without losing what reads them. Pure.
import { type Json, list, record, text } from "../../../api/decode";
import { atPath, type Path } from "../../model/patch/path";

export const EXPRESSION_KINDS = [
  { value: "math", label: "Math" },
  { value: "reduce", label: "Reduce" },
  { value: "resample", label: "Resample" },
  { value: "threshold", label: "Threshold" },
  { value: "classic_conditions", label: "Conditions" },
];

export const EXPRESSION_SOURCE = { type: "__expr__", uid: "__expr__", name: "Expression" };

export function isExpression(target: Json): boolean {
  const source = target.datasource;
  const { uid, type } = record(source);
  return [source, uid, type].includes("__expr__");
}

/** An expression of the kind that reads the newest of `letters`; what it shares with other kinds stays. */
export function expressionOf(kind: string, target: Json, letters: readonly string[]): Json {
  const read = readNames(target)[0] ?? letters.at(-1) ?? "A";
  const { refId, hide } = target;
  const shared = {
    ...(refId === undefined ? {} : { refId }),
    ...(hide === undefined ? {} : { hide }),
    datasource: EXPRESSION_SOURCE,
    type: kind,
  };
  switch (kind) {
    case "reduce":
      return { ...shared, expression: read, reducer: "mean", settings: { mode: "dropNN" } };
    case "resample":
      return { ...shared, expression: read, window: "1m", downsampler: "mean", upsampler: "fillna" };
    case "threshold":
      return { ...shared, expression: read, conditions: [{ type: "query", evaluator: ABOVE_ZERO }] };
    case "classic_conditions":
      return { ...shared, expression: "", conditions: [conditionOf(read)] };
    default:
      return { ...shared, expression: `$${read}` };
  }
}

const ABOVE_ZERO = { type: "gt", params: [0] };

export function conditionOf(read: string): Json {
  return {
    type: "query",
    query: { params: [read] },
    reducer: { type: "last", params: [] },
    evaluator: ABOVE_ZERO,
    operator: { type: "and" },
  };
}

/** Comparisons with numbers. */
export const THRESHOLD_EVALUATORS = [
  { value: "gt", label: "is above" },
  { value: "gte", label: "is at least" },
  { value: "lt", label: "is below" },
  { value: "lte", label: "is at most" },
  { value: "eq", label: "is equal to" },
  { value: "ne", label: "is not equal to" },
  { value: "within_range", label: "is between" },
  { value: "within_range_included", label: "is between, ends included" },
  { value: "outside_range", label: "is outside of" },
  { value: "outside_range_included", label: "is outside of, ends included" },
];

export const CONDITION_EVALUATORS = [...THRESHOLD_EVALUATORS, { value: "no_value", label: "has no value" }];

/** How many numbers it compares with. */
export function limitsOf(evaluator: string): number {
  if (evaluator === "no_value") return 0;
  return evaluator.includes("_range") ? 2 : 1;
}

/** `$A`, `${A}`, and names with spaces in braces. */
const NAMES_READ = /\$(?:\{([^}]+)\}|(\w+))/g;

/** The names of the queries that an expression reads. */
export function readNames(target: Json): string[] {
  if (target.type === "classic_conditions") {
    return list(target.conditions).flatMap((one) => text(atPath(one, CONDITION_NAME)) || []);
  }
  const written = text(target.expression);
  if (target.type !== "math") return written === "" ? [] : [written.replace(/^\$/, "")];
  return [...written.matchAll(NAMES_READ)].map(([, braced, plain]) => braced ?? plain ?? "");
}

const CONDITION_NAME: Path = ["query", "params", 0];

export interface Edit {
  readonly path: Path;
  readonly value: unknown;
}

/** The edits of the list of queries that give one of them another name, also where expressions read it. */
export function renames(targets: readonly Json[], index: number, name: string): Edit[] {
  const before = text(targets[index]?.refId);
  const edits: Edit[] = [{ path: [index, "refId"], value: name }];
  for (const [at, target] of targets.entries()) {
    if (!isExpression(target) || !readNames(target).includes(before)) continue;
    if (target.type === "classic_conditions") {
      for (const [place, one] of list(target.conditions).entries()) {
        const isIt = atPath(one, CONDITION_NAME) === before;
        if (isIt) edits.push({ path: [at, "conditions", place, ...CONDITION_NAME], value: name });
      }
    } else edits.push({ path: [at, "expression"], value: withName(target, before, name) });
  }
  return edits;
}

function withName(target: Json, before: string, name: string): string {
  const written = text(target.expression);
  if (target.type !== "math") return written.startsWith("$") ? `$${name}` : name;
  const shown = /^\w+$/.test(name) ? `$${name}` : `\${${name}}`;
  return written.replaceAll(NAMES_READ, (whole, braced, plain) => ((braced ?? plain) === before ? shown : whole));
}
