// A PromQL text as a tree of what is computed, each part with its own text and a sentence that says what it does. Pure.
import { childrenOf, parsePromql, type SyntaxNode, textOf } from "../syntax";

export interface Part {
  /** Where it starts in the whole text: its identity. */
  readonly from: number;
  readonly text: string;
  readonly says: string;
  /** The text that counts its series; undefined where there is nothing to count. */
  readonly counted: string | undefined;
  readonly parts: readonly Part[];
}

/** Undefined when the text is not a query. */
export function explain(text: string): Part | undefined {
  const top = parsePromql(text);
  let isBroken = false;
  top.cursor().iterate((node) => {
    if (node.type.isError) isBroken = true;
  });
  const first = top.firstChild;
  return isBroken || first === null ? undefined : partOf(first, text);
}

/** All parts, from the top down. */
export function flatten(part: Part, depth = 0): { part: Part; depth: number }[] {
  return [{ part, depth }, ...part.parts.flatMap((one) => flatten(one, depth + 1))];
}

const LITERALS = new Set(["NumberDurationLiteral", "StringLiteral"]);
const isLiteral = (node: SyntaxNode) => LITERALS.has(node.name);

function partOf(node: SyntaxNode, source: string): Part {
  const says = (sentence: string, below: readonly SyntaxNode[], counted: boolean | string = true): Part => {
    const text = textOf(node, source);
    return {
      from: node.from,
      text,
      says: sentence,
      counted: counted === true ? text : counted === false ? undefined : counted,
      parts: below.filter((one) => !isLiteral(one)).map((one) => partOf(one, source)),
    };
  };
  const children = childrenOf(node);
  const inner = children.find((one) => isExpression(one));
  switch (node.name) {
    case "ParenExpr":
      return inner === undefined ? says("", [], false) : partOf(inner, source);
    case "VectorSelector":
      return says(selectorSays(node, source), []);
    case "MatrixSelector": {
      const window = textOf(children.at(-1) ?? node, source);
      const series = inner === undefined ? undefined : textOf(inner, source);
      return says(
        `${inner === undefined ? "" : selectorSays(inner, source)}, each with its samples of the last ${window}`,
        [],
        series ?? false,
      );
    }
    case "OffsetExpr":
      return says(
        `As it was ${textOf(children.at(-1) ?? node, source)} ago`,
        inner === undefined ? [] : [inner],
        inner?.name !== "MatrixSelector",
      );
    case "StepInvariantExpr":
      return says("As it was at that one time", inner === undefined ? [] : [inner], inner?.name !== "MatrixSelector");
    case "SubqueryExpr": {
      const [window = "", step] = children
        .filter((one) => one.name === "DurationExpr")
        .map((one) => textOf(one, source));
      const every = step === undefined ? "at each step" : `every ${step}`;
      return says(`Evaluated ${every} over the last ${window}`, inner === undefined ? [] : [inner], false);
    }
    case "UnaryExpr":
      return says("With the other sign", inner === undefined ? [] : [inner]);
    case "FunctionCall":
      return says(callSays(node, source), argumentsOf(node));
    case "AggregateExpr":
      return says(aggregateSays(node, source), argumentsOf(node));
    case "BinaryExpr":
      return says(
        binarySays(node, source),
        children.filter((one) => isExpression(one)),
      );
    default:
      return says(isLiteral(node) ? "A number" : "", [], false);
  }
}

function isExpression(node: SyntaxNode): boolean {
  return /Expr$|Selector$|^FunctionCall$|Literal$/.test(node.name) && !/Duration.*Expr$|^DurationExpr$/.test(node.name);
}

function argumentsOf(node: SyntaxNode): SyntaxNode[] {
  const body = node.getChild("FunctionCallBody");
  return body === null ? [] : childrenOf(body).filter(isExpression);
}

const MATCHES: Readonly<Record<string, string>> = {
  "=": "is",
  "!=": "is not",
  "=~": "matches",
  "!~": "does not match",
};

function selectorSays(node: SyntaxNode, source: string): string {
  const name = node.getChild("Identifier");
  const matchers = childrenOf(node.getChild("LabelMatchers") ?? node).filter((one) =>
    one.name.endsWith("LabelMatcher"),
  );
  const conditions = matchers.map((one) => {
    const [label, op, value] = childrenOf(one).map((part) => textOf(part, source));
    return `${label} ${MATCHES[op ?? ""] ?? op} ${value}`;
  });
  const subject = name === null ? "Series" : `Series of ${textOf(name, source)}`;
  return conditions.length === 0 ? subject : `${subject} where ${conditions.join(" and ")}`;
}

const CALLS: Readonly<Record<string, string>> = {
  rate: "Growth per second of each counter, over its window",
  irate: "Growth per second of each counter, between its last two samples",
  increase: "Growth of each counter over its window",
  delta: "Difference over the window, of gauges",
  deriv: "Slope per second, by regression over the window",
  predict_linear: "Where the line through the window will be",
  histogram_quantile: "Quantile out of the buckets of each histogram",
  histogram_count: "Observations of each native histogram",
  histogram_sum: "Sum of each native histogram",
  avg_over_time: "Mean of the window of each series",
  min_over_time: "Least of the window of each series",
  max_over_time: "Most of the window of each series",
  sum_over_time: "Sum of the window of each series",
  count_over_time: "Samples in the window of each series",
  last_over_time: "Last sample in the window of each series",
  quantile_over_time: "Quantile of the window of each series",
  absent: "1 when there is no series at all",
  absent_over_time: "1 when there was no sample in the window",
  label_replace: "A label made out of another one by a regular expression",
  label_join: "A label made by joining others",
  clamp_min: "Not below the number",
  clamp_max: "Not above the number",
  clamp: "Held between two numbers",
  scalar: "The one series as a number",
  vector: "A number as a series without labels",
  time: "The time of evaluation",
  timestamp: "When each sample was taken",
  changes: "How often each value changed in its window",
  resets: "How often each counter started anew in its window",
  sort: "Lowest first",
  sort_desc: "Highest first",
  round: "Rounded",
};

function callSays(node: SyntaxNode, source: string): string {
  const name = textOf(node.getChild("FunctionIdentifier") ?? node, source);
  return CALLS[name] ?? `The function ${name} of each series`;
}

const AGGREGATES: Readonly<Record<string, string>> = {
  sum: "Sum",
  avg: "Mean",
  min: "Lowest",
  max: "Highest",
  count: "Number of series",
  group: "1",
  stddev: "Standard deviation",
  stdvar: "Variance",
  topk: "The highest series",
  bottomk: "The lowest series",
  quantile: "Quantile",
  count_values: "Number of series by value",
  limitk: "Some of the series",
  limit_ratio: "A share of the series",
};

function aggregateSays(node: SyntaxNode, source: string): string {
  const name = textOf(node.getChild("AggregateOp") ?? node, source);
  const modifier = node.getChild("AggregateModifier");
  const labels = modifier?.getChild("GroupingLabels");
  const inside = labels === null || labels === undefined ? "" : textOf(labels, source).slice(1, -1).trim();
  const what = AGGREGATES[name] ?? name;
  if (modifier === null || (inside === "" && modifier.getChild("Without") === null)) return `${what} over all series`;
  if (modifier.getChild("Without") !== null)
    return `${what}, one for each set of labels without ${inside || "any left out"}`;
  return `${what}, one for each ${inside}`;
}

const OPERATORS: Readonly<Record<string, string>> = {
  Add: "Left plus right",
  Sub: "Left minus right",
  Mul: "Left times right",
  Div: "Left divided by right",
  Mod: "Rest of left divided by right",
  Pow: "Left to the power of right",
  And: "Series of the left that the right also has",
  Or: "Series of the left, and those of the right that it lacks",
  Unless: "Series of the left that the right does not have",
  EqlC: "Where left equals right",
  Neq: "Where left differs from right",
  Gtr: "Where left is above right",
  Gte: "Where left is not below right",
  Lss: "Where left is below right",
  Lte: "Where left is not above right",
};

function binarySays(node: SyntaxNode, source: string): string {
  const operator = childrenOf(node).find((one) => OPERATORS[one.name] !== undefined);
  const says = OPERATORS[operator?.name ?? ""] ?? "Left with right";
  const words = [node.getChild("MatchingModifierClause"), node.getChild("BoolModifier")].flatMap((one) =>
    one === null ? [] : [textOf(one, source)],
  );
  return words.length === 0 ? says : `${says}, ${words.join(", ")}`;
}
