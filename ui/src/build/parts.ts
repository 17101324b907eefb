// Parts that metrics and logs share: matchers in braces, and aggregations with their labels before or after. Pure.
import type { Condition } from "./model";
import { LABEL, quote, type Scanner } from "./scanner";

/** After the opening brace, through the closing one. */
export function readMatchers(scanner: Scanner, ops: readonly string[]): Condition[] | undefined {
  const found: Condition[] = [];
  const longestFirst = [...ops].sort((a, b) => b.length - a.length);
  while (!scanner.eat("}")) {
    if (found.length > 0 && !scanner.eat(",")) return undefined;
    if (found.length > 0 && scanner.eat("}")) return found;
    const name = scanner.match(LABEL);
    const op = scanner.oneOf(longestFirst);
    const value = scanner.quoted();
    if (name === undefined || op === undefined || value === undefined) return undefined;
    found.push({ name, op, value });
  }
  return found;
}

/** Conditions without a name are not yet conditions. */
export function writeMatchers(conditions: readonly Condition[]): string {
  return conditions
    .filter((one) => one.name !== "")
    .map((one) => `${one.name}${one.op}${quote(one.value)}`)
    .join(", ");
}

/** After the operator: `by (a) (inner)`, `(inner) by (a)` or `(inner)`. */
export function readAggregation<Inner>(
  scanner: Scanner,
  inner: () => Inner | undefined,
): { inner: Inner; word: string; labels: readonly string[] } | undefined {
  const before = grouping(scanner);
  if (!scanner.eat("(")) return undefined;
  const read = inner();
  if (read === undefined || !scanner.eat(")")) return undefined;
  const { word, labels } = before ?? grouping(scanner) ?? { word: "by", labels: [] };
  return { inner: read, word, labels };
}

function grouping(scanner: Scanner): { word: string; labels: string[] } | undefined {
  const start = scanner.save();
  const word = scanner.match(/(?:by|without)\b/y);
  const labels = word === undefined ? undefined : scanner.names(LABEL);
  if (word === undefined || labels === undefined) {
    scanner.restore(start);
    return undefined;
  }
  return { word, labels };
}
