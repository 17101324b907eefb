// LogQL and the builder: a stream selector, then stages on the lines, then a metric over a window, then aggregations.
import { type Argument, type Built, type Dialect, LABELS, labelList, NUMBER, type Step, type StepKind } from "./model";
import { readAggregation, readMatchers, writeMatchers } from "./parts";
import { LABEL, quote, Scanner } from "./scanner";

const TEXT: Argument = { label: "text", type: "text", initial: "" };
const WINDOW: Argument = { label: "window", type: "duration", initial: "$__auto" };
const FIELD: Argument = { label: "field", type: "labels", initial: "" };
const OPERATOR: Argument = { label: "operator", type: "text", initial: "=" };

const FILTERS: readonly [string, string][] = [
  ["|=", "Line contains"],
  ["!=", "Line does not contain"],
  ["|~", "Line matches"],
  ["!~", "Line does not match"],
];
const PARSERS = ["json", "logfmt", "unpack", "decolorize"];
const TEMPLATES = ["pattern", "regexp", "line_format"];
const LISTS = ["drop", "keep"];
const RANGES = ["count_over_time", "rate", "bytes_over_time", "bytes_rate"];
/** These need a number out of the line. */
const UNWRAPPED = ["sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "last_over_time"];
const AGGREGATIONS = ["sum", "avg", "min", "max", "count"];
const RANKS = ["topk", "bottomk"];
const FIELD_OPS = ["=~", "!~", "!=", ">=", "<=", "==", "=", ">", "<"];

const KINDS: readonly StepKind[] = [
  ...FILTERS.map(([kind, label]) => ({ kind, group: "Lines", label, args: [TEXT] })),
  ...PARSERS.map((kind) => ({ kind, group: "Parse", label: kind, args: [] })),
  ...TEMPLATES.map((kind) => ({ kind, group: "Parse", label: kind, args: [TEXT] })),
  { kind: "field", group: "Fields", label: "Field is", args: [FIELD, OPERATOR, TEXT] },
  ...LISTS.map((kind) => ({ kind, group: "Fields", label: `${kind} fields`, args: [LABELS] })),
  ...RANGES.map((kind) => ({ kind, group: "Metric", label: kind, args: [WINDOW] })),
  ...UNWRAPPED.map((kind) => ({ kind, group: "Metric", label: `${kind} of a field`, args: [FIELD, WINDOW] })),
  ...AGGREGATIONS.map((kind) => ({ kind, group: "Aggregate", label: `${kind} by`, args: [LABELS] })),
  ...RANKS.map((kind) => ({ kind, group: "Aggregate", label: kind, args: [{ ...NUMBER, initial: "5" }] })),
];

const OPS = ["=", "!=", "=~", "!~"];
const isMetric = (kind: string) => RANGES.includes(kind) || UNWRAPPED.includes(kind);
const isAggregation = (kind: string) => AGGREGATIONS.includes(kind) || RANKS.includes(kind);

export const LOGQL: Dialect = { parse, print, ops: OPS, kinds: KINDS, names: "Labels" };

function parse(text: string): Built | undefined {
  const scanner = new Scanner(text);
  if (scanner.isEnd) return { subject: "", conditions: [], steps: [] };
  const built = expression(scanner);
  return scanner.isEnd ? built : undefined;
}

function expression(scanner: Scanner): Built | undefined {
  const word = scanner.word();
  if (word === undefined) {
    const read = lines(scanner);
    return read?.unwrap === undefined ? read?.built : undefined;
  }
  if (AGGREGATIONS.includes(word)) {
    const read = readAggregation(scanner, () => metric(scanner));
    if (read === undefined || read.word !== "by") return undefined;
    return withStep(read.inner, { kind: word, args: [read.labels.join(", ")] });
  }
  if (RANKS.includes(word)) {
    if (!scanner.eat("(")) return undefined;
    const count = scanner.number();
    if (count === undefined || !scanner.eat(",")) return undefined;
    const inner = metric(scanner);
    return inner === undefined || !scanner.eat(")") ? undefined : withStep(inner, { kind: word, args: [count] });
  }
  if (!isMetric(word) || !scanner.eat("(")) return undefined;
  const read = lines(scanner);
  if (read === undefined || (read.unwrap !== undefined) !== UNWRAPPED.includes(word) || !scanner.eat("["))
    return undefined;
  const window = scanner.duration();
  if (window === undefined || !scanner.eat("]") || !scanner.eat(")")) return undefined;
  const args = [read.unwrap, window].filter((one) => one !== undefined);
  return withStep(read.built, { kind: word, args });
}

/** What an aggregation is over is a metric, not lines. */
function metric(scanner: Scanner): Built | undefined {
  const inner = expression(scanner);
  return inner?.steps.some((one) => isMetric(one.kind)) === true ? inner : undefined;
}

function lines(scanner: Scanner): { built: Built; unwrap: string | undefined } | undefined {
  if (!scanner.eat("{")) return undefined;
  const conditions = readMatchers(scanner, OPS);
  if (conditions === undefined) return undefined;
  const steps: Step[] = [];
  let unwrap: string | undefined;
  for (;;) {
    const filter = scanner.oneOf(FILTERS.map(([kind]) => kind));
    if (filter !== undefined) {
      const text = scanner.quoted();
      if (text === undefined || unwrap !== undefined) return undefined;
      steps.push({ kind: filter, args: [text] });
      continue;
    }
    if (!scanner.eat("|")) return { built: { subject: "", conditions, steps }, unwrap };
    if (unwrap !== undefined) return undefined;
    const step = stage(scanner);
    if (step === undefined) return undefined;
    if (step.kind === "unwrap") unwrap = step.args[0];
    else steps.push(step);
  }
}

function stage(scanner: Scanner): Step | undefined {
  const name = scanner.match(LABEL);
  if (name === undefined) return undefined;
  const op = scanner.oneOf(FIELD_OPS);
  if (op !== undefined) {
    const text = scanner.quoted();
    const value = text ?? scanner.duration() ?? scanner.number();
    if (value === undefined) return undefined;
    // A bare number after `=` is compared as a number, which `==` says.
    const isBare = text === undefined;
    const written = isBare && op === "=" ? "==" : op;
    return isBare === standsBare(written, value) ? { kind: "field", args: [name, written, value] } : undefined;
  }
  if (PARSERS.includes(name)) return { kind: name, args: [] };
  if (TEMPLATES.includes(name)) {
    const text = scanner.quoted();
    return text === undefined ? undefined : { kind: name, args: [text] };
  }
  if (name === "unwrap") {
    const field = scanner.match(LABEL);
    return field === undefined || scanner.eat("(") ? undefined : { kind: name, args: [field] };
  }
  if (!LISTS.includes(name)) return undefined;
  const labels: string[] = [];
  do {
    const label = scanner.match(LABEL);
    if (label === undefined || scanner.oneOf(FIELD_OPS) !== undefined) return undefined;
    labels.push(label);
  } while (scanner.eat(","));
  return { kind: name, args: [labels.join(", ")] };
}

/** Only numbers and durations have an order. */
function standsBare(op: string, value: string): boolean {
  return /^[<>]=?$|^==$/.test(op) && /^[\d.]+[a-zµ]*$/.test(value);
}

function withStep(built: Built, step: Step): Built {
  return { ...built, steps: [...built.steps, step] };
}

/** Stages come before metrics and metrics before aggregations, whatever the order they were added in. */
function print({ conditions, steps }: Built): string {
  const matchers = writeMatchers(conditions);
  if (matchers === "" && steps.length === 0) return "";
  let text = `{${matchers}}`;
  for (const step of steps) if (!isMetric(step.kind) && !isAggregation(step.kind)) text += stageText(step);
  const metric = steps.find((one) => isMetric(one.kind));
  const aggregations = steps.filter((one) => isAggregation(one.kind));
  if (metric === undefined && aggregations.length === 0) return text;
  const { kind, args } = metric ?? { kind: "count_over_time", args: [WINDOW.initial] };
  const [first = "", second = ""] = args;
  text = UNWRAPPED.includes(kind) ? `${kind}(${text} | unwrap ${first} [${second}])` : `${kind}(${text} [${first}])`;
  for (const one of aggregations) {
    const [arg = ""] = one.args;
    if (RANKS.includes(one.kind)) text = `${one.kind}(${arg}, ${text})`;
    else
      text =
        labelList(arg).length === 0
          ? `${one.kind}(${text})`
          : `${one.kind} by (${labelList(arg).join(", ")}) (${text})`;
  }
  return text;
}

function stageText({ kind, args }: Step): string {
  const [first = "", second = "", third = ""] = args;
  if (FILTERS.some(([one]) => one === kind)) return ` ${kind} ${quote(first)}`;
  if (TEMPLATES.includes(kind)) return ` | ${kind} ${quote(first)}`;
  if (kind === "field") {
    if (first === "") return "";
    return ` | ${first} ${second} ${standsBare(second, third) ? third : quote(third)}`;
  }
  if (LISTS.includes(kind)) return labelList(first).length === 0 ? "" : ` | ${kind} ${labelList(first).join(", ")}`;
  return ` | ${kind}`;
}
