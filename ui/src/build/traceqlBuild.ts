// TraceQL and the builder: conditions on a span joined by `&&`, then what is made of the spans that match.
import { type Argument, type Built, type Dialect, LABELS, labelList, type Step, type StepKind } from "./model";
import { quote, Scanner } from "./scanner";

const FIELD: Argument = { label: "field", type: "labels", initial: "duration" };
const COUNTED: Argument = { label: "more than", type: "number", initial: "1" };
const QUANTILE: Argument = { label: "quantile", type: "number", initial: "0.95" };

const PLAIN = ["rate", "count_over_time"];
const OF_FIELD = ["avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "histogram_over_time"];

const KINDS: readonly StepKind[] = [
  { kind: "count", group: "Traces", label: "with more matching spans than", args: [COUNTED] },
  { kind: "select", group: "Traces", label: "show fields", args: [{ ...LABELS, label: "fields" }] },
  ...PLAIN.map((kind) => ({ kind, group: "Metric", label: `${kind} by`, args: [{ ...LABELS, label: "fields" }] })),
  ...OF_FIELD.map((kind) => ({
    kind,
    group: "Metric",
    label: `${kind} of`,
    args: [FIELD, { ...LABELS, label: "by" }],
  })),
  {
    kind: "quantile_over_time",
    group: "Metric",
    label: "quantile_over_time of",
    args: [FIELD, QUANTILE, { ...LABELS, label: "by" }],
  },
];

const OPS = ["=", "!=", "=~", "!~", ">", ">=", "<", "<="];
const LONGEST_FIRST = [...OPS].sort((a, b) => b.length - a.length);

/** Attributes with their scope, and intrinsics such as `status` or `event:name`. */
const ATTRIBUTE = /(?:span|resource|event|link|instrumentation|parent)?\.[\w.\-/]*\w|[a-zA-Z]+(?::[a-zA-Z]+)?/y;

const KEYWORDS = new Set([
  "error",
  "ok",
  "unset",
  "server",
  "client",
  "producer",
  "consumer",
  "internal",
  "unspecified",
  "true",
  "false",
  "nil",
]);

export const TRACEQL: Dialect = { parse, print, ops: OPS, kinds: KINDS, names: "Span fields" };

function parse(text: string): Built | undefined {
  const scanner = new Scanner(text);
  if (scanner.isEnd) return { subject: "", conditions: [], steps: [] };
  if (!scanner.eat("{")) return undefined;
  const conditions = [];
  while (!scanner.eat("}")) {
    if (conditions.length > 0 && !scanner.eat("&&")) return undefined;
    const name = scanner.match(ATTRIBUTE);
    const op = scanner.oneOf(LONGEST_FIRST);
    const text = scanner.quoted();
    const value = text ?? scanner.duration() ?? scanner.number() ?? keyword(scanner);
    if (name === undefined || op === undefined || value === undefined) return undefined;
    // A quoted number is another value than the number: what would be written otherwise is not read.
    if (valueText(name, op, value) !== (text === undefined ? value : quote(value))) return undefined;
    conditions.push({ name, op, value });
  }
  const steps: Step[] = [];
  while (!scanner.isEnd) {
    const step = scanner.eat("|") ? stage(scanner) : undefined;
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return { subject: "", conditions, steps };
}

function keyword(scanner: Scanner): string | undefined {
  const word = scanner.word();
  return word !== undefined && KEYWORDS.has(word) ? word : undefined;
}

function stage(scanner: Scanner): Step | undefined {
  const kind = scanner.word();
  if (kind === "select") {
    const fields = scanner.names(ATTRIBUTE);
    return fields === undefined ? undefined : { kind, args: [fields.join(", ")] };
  }
  if (kind === "count") {
    const least = scanner.eat("(") && scanner.eat(")") && scanner.eat(">") ? scanner.number() : undefined;
    return least === undefined ? undefined : { kind, args: [least] };
  }
  if (kind === undefined || !scanner.eat("(")) return undefined;
  const args: string[] = [];
  if (!PLAIN.includes(kind)) {
    const field = scanner.match(ATTRIBUTE);
    if (field === undefined) return undefined;
    args.push(field);
  }
  if (kind === "quantile_over_time") {
    const quantile = scanner.eat(",") ? scanner.number() : undefined;
    if (quantile === undefined) return undefined;
    args.push(quantile);
  } else if (!PLAIN.includes(kind) && !OF_FIELD.includes(kind)) return undefined;
  if (!scanner.eat(")")) return undefined;
  const by = scanner.match(/by\b/y) === undefined ? [] : scanner.names(ATTRIBUTE);
  return by === undefined ? undefined : { kind, args: [...args, by.join(", ")] };
}

function print({ conditions, steps }: Built): string {
  const named = conditions.filter((one) => one.name !== "");
  if (named.length === 0 && steps.length === 0) return "";
  const inner = named.map((one) => `${one.name} ${one.op} ${valueText(one.name, one.op, one.value)}`).join(" && ");
  return [inner === "" ? "{ }" : `{ ${inner} }`, ...steps.map(stageText)].join(" | ");
}

/** Fields whose values are words of the language, not texts. */
const WORD_FIELDS = new Set(["status", "kind", "span:status", "span:kind"]);

/** Numbers, durations and words of the language stand bare, except where a regular expression or a name is compared. */
function valueText(name: string, op: string, value: string): string {
  if (op.endsWith("~")) return quote(value);
  if (WORD_FIELDS.has(name) && KEYWORDS.has(value)) return value;
  if (/^(?:true|false|nil)$/.test(value)) return value;
  if (/^-?\d+(?:\.\d+)?(?:e\d+)?$/.test(value)) return value;
  return /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(value) ? value : quote(value);
}

function stageText({ kind, args }: Step): string {
  const [first = "", second = "", third = ""] = args;
  if (kind === "count") return `count() > ${first}`;
  if (kind === "select") return `select(${labelList(first).join(", ")})`;
  if (PLAIN.includes(kind)) return `${kind}()${byText(first)}`;
  if (kind === "quantile_over_time") return `${kind}(${first}, ${second})${byText(third)}`;
  return `${kind}(${first})${byText(second)}`;
}

function byText(fields: string): string {
  const all = labelList(fields);
  return all.length === 0 ? "" : ` by (${all.join(", ")})`;
}
