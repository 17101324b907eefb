// PromQL and the builder: a selector, then functions, aggregations and arithmetic with a number, from the inside out.
import { type Built, type Dialect, DURATION, LABELS, labelList, NUMBER, type Step, type StepKind } from "./model";
import { readAggregation, readMatchers, writeMatchers } from "./parts";
import { quote, Scanner } from "./scanner";

const RANGES: readonly [string, string][] = [
  ["rate", "per second, of a counter"],
  ["increase", "growth, of a counter"],
  ["irate", "per second, last two samples"],
  ["delta", "difference, of a gauge"],
  ["deriv", "slope, of a gauge"],
  ["avg_over_time", "mean in the window"],
  ["min_over_time", "least in the window"],
  ["max_over_time", "most in the window"],
  ["sum_over_time", "sum in the window"],
  ["count_over_time", "samples in the window"],
  ["last_over_time", "last in the window"],
  ["changes", "changes in the window"],
  ["resets", "resets of a counter"],
];
const AGGREGATIONS = ["sum", "avg", "min", "max", "count", "group", "stddev"];
const RANKS: readonly [string, string][] = [
  ["topk", "the highest"],
  ["bottomk", "the lowest"],
];
const FUNCTIONS: readonly [string, string][] = [
  ["abs", "without sign"],
  ["ceil", "rounded up"],
  ["floor", "rounded down"],
  ["round", "rounded"],
  ["sqrt", "square root"],
  ["ln", "natural logarithm"],
  ["absent", "1 when there is nothing"],
  ["sort_desc", "highest first"],
];
const LIMITS: readonly [string, string][] = [
  ["clamp_min", "at least"],
  ["clamp_max", "at most"],
];
const OPERATORS = ["*", "/", "+", "-", ">=", "<=", "==", "!=", ">", "<"];

const KINDS: readonly StepKind[] = [
  ...RANGES.map(([kind, says]) => ({ kind, group: "Over a window", label: `${kind}: ${says}`, args: [DURATION] })),
  {
    kind: "quantile_over_time",
    group: "Over a window",
    label: "quantile_over_time: quantile in the window",
    args: [{ label: "quantile", type: "number", initial: "0.95" }, DURATION],
  },
  ...AGGREGATIONS.flatMap((kind) => [
    { kind, group: "Aggregate", label: `${kind} by`, args: [LABELS] },
    { kind: `${kind} without`, group: "Aggregate", label: `${kind} without`, args: [LABELS] },
  ]),
  ...RANKS.map(([kind, says]) => ({
    kind,
    group: "Aggregate",
    label: `${kind}: ${says}`,
    args: [{ ...NUMBER, initial: "5" }],
  })),
  {
    kind: "histogram_quantile",
    group: "Function",
    label: "histogram_quantile: of buckets",
    args: [{ label: "quantile", type: "number", initial: "0.95" }],
  },
  ...FUNCTIONS.map(([kind, says]) => ({ kind, group: "Function", label: `${kind}: ${says}`, args: [] })),
  ...LIMITS.map(([kind, says]) => ({ kind, group: "Function", label: `${kind}: ${says}`, args: [NUMBER] })),
  ...OPERATORS.map((kind) => ({ kind, group: "Arithmetic", label: `${kind} a number`, args: [NUMBER] })),
];

const OPS = ["=", "!=", "=~", "!~"];
const isOperator = (kind: string) => OPERATORS.includes(kind);
const isRange = (kind: string) => kind === "quantile_over_time" || RANGES.some(([name]) => name === kind);

export const PROMQL: Dialect = { parse, print, ops: OPS, kinds: KINDS, subject: "Metric", names: "Labels" };

interface Read {
  readonly built: Built;
  /** The window of a selector that has no function yet. */
  readonly window: string | undefined;
}

function parse(text: string): Built | undefined {
  const scanner = new Scanner(text);
  if (scanner.isEnd) return { subject: "", conditions: [], steps: [] };
  const read = expression(scanner);
  return read === undefined || read.window !== undefined || !scanner.isEnd ? undefined : read.built;
}

/** One operand, and at most one number after it: `a + 2 * 3` is not `(a + 2) * 3`. */
function expression(scanner: Scanner): Read | undefined {
  const read = operand(scanner);
  if (read === undefined || read.window !== undefined) return read;
  const op = scanner.oneOf(["*", "/", "+", "-", ">=", "<=", "==", "!=", ">", "<"]);
  if (op === undefined) return read;
  const right = scanner.number();
  return right === undefined ? undefined : withStep(read, { kind: op, args: [right] });
}

function operand(scanner: Scanner): Read | undefined {
  if (scanner.eat("(")) {
    const inner = expression(scanner);
    return inner !== undefined && inner.window === undefined && scanner.eat(")") ? inner : undefined;
  }
  const start = scanner.save();
  const word = scanner.word();
  if (word === undefined) return selector(scanner, "");
  if (AGGREGATIONS.includes(word)) {
    const read = readAggregation(scanner, () => expression(scanner));
    if (read !== undefined) {
      const kind = read.word === "without" ? `${word} without` : word;
      return withStep(read.inner, { kind, args: [read.labels.join(", ")] });
    }
    scanner.restore(start);
    scanner.word();
  }
  if (!scanner.eat("(")) return selector(scanner, word);
  return call(scanner, word);
}

function call(scanner: Scanner, name: string): Read | undefined {
  const isFirst = [...RANKS.map(([one]) => one), "histogram_quantile", "quantile_over_time"].includes(name);
  const isLast = LIMITS.some(([one]) => one === name);
  if (!isFirst && !isLast && !isRange(name) && !FUNCTIONS.some(([one]) => one === name)) return undefined;
  const before = isFirst ? scanner.number() : undefined;
  if (isFirst && (before === undefined || !scanner.eat(","))) return undefined;
  const inner = expression(scanner);
  if (inner === undefined || isRange(name) !== (inner.window !== undefined)) return undefined;
  if (isLast && !scanner.eat(",")) return undefined;
  const after = isLast ? scanner.number() : undefined;
  if ((isLast && after === undefined) || !scanner.eat(")")) return undefined;
  const args = [before, after, inner.window].filter((one) => one !== undefined);
  return withStep({ ...inner, window: undefined }, { kind: name, args });
}

function selector(scanner: Scanner, subject: string): Read | undefined {
  const conditions = scanner.eat("{") ? readMatchers(scanner, OPS) : [];
  if (conditions === undefined || (subject === "" && conditions.length === 0)) return undefined;
  if (!scanner.eat("[")) return { built: { subject, conditions, steps: [] }, window: undefined };
  const window = scanner.duration();
  return window === undefined || !scanner.eat("]") ? undefined : { built: { subject, conditions, steps: [] }, window };
}

function withStep(read: Read, step: Step): Read {
  return { window: read.window, built: { ...read.built, steps: [...read.built.steps, step] } };
}

function print({ subject, conditions, steps }: Built): string {
  const matchers = writeMatchers(conditions);
  if (subject === "" && matchers === "") return "";
  const name = subject === "" || /^[A-Za-z_:][\w:]*$/.test(subject) ? subject : "";
  const named = name === subject ? matchers : [quote(subject), matchers].filter((one) => one !== "").join(", ");
  let text = `${name}${named === "" ? "" : `{${named}}`}`;
  steps.forEach(({ kind, args }, index) => {
    const [first = "", second = ""] = args;
    const inner = isOperator(steps[index - 1]?.kind ?? "") && isOperator(kind) ? `(${text})` : text;
    if (isOperator(kind)) text = `${inner} ${kind} ${first}`;
    else if (kind === "quantile_over_time") text = `${kind}(${first}, ${windowed(text, index, second)})`;
    else if (isRange(kind)) text = `${kind}(${windowed(text, index, first)})`;
    else if (RANKS.some(([one]) => one === kind) || kind === "histogram_quantile") text = `${kind}(${first}, ${text})`;
    else if (LIMITS.some(([one]) => one === kind)) text = `${kind}(${text}, ${first})`;
    else if (FUNCTIONS.some(([one]) => one === kind)) text = `${kind}(${text})`;
    else {
      const [name = kind, word = "by"] = kind.split(" ");
      const labels = labelList(first).join(", ");
      text = labels === "" && word === "by" ? `${name}(${text})` : `${name} ${word} (${labels}) (${text})`;
    }
  });
  return text;
}

/** A window over a step is a subquery. */
function windowed(text: string, index: number, window: string): string {
  return index === 0 ? `${text}[${window}]` : `(${text})[${window}:]`;
}
