// The query that shows what a count of the cardinality page counts. Names are data: they are quoted, never pasted.

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Series of a metric by all its labels. */
export function metricQuery(name: string): string {
  return `{__name__=${JSON.stringify(name)}}`;
}

/** `label=value` as the server writes it; the value may hold an equals sign itself. */
export function pairQuery(pair: string): string | undefined {
  const at = pair.indexOf("=");
  const label = pair.slice(0, at);
  if (at <= 0 || !PLAIN_NAME.test(label)) return undefined;
  return `topk(50, count by (__name__) ({${label}=${JSON.stringify(pair.slice(at + 1))}}))`;
}

/** The values of a label with how many series each has. */
export function valuesQuery(label: string): string | undefined {
  if (!PLAIN_NAME.test(label)) return undefined;
  return `topk(50, count by (${label}) ({${label}!=""}))`;
}

/** The selector of a pair as the server writes it; odd ones select nothing. */
export function pairSelector(pair: string): string {
  const at = pair.indexOf("=");
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  return `{${PLAIN_NAME.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}}`;
}

/** The selector with one more matcher, before its last brace. */
export function narrowed(selector: string, label: string, value: string): string {
  const matcher = `${labelOf(label)}=${JSON.stringify(value)}`;
  const trimmed = selector.trim();
  if (!trimmed.endsWith("}")) return `${trimmed}{${matcher}}`;
  const before = trimmed.slice(0, -1).trimEnd();
  return `${before}${before.endsWith("{") || before.endsWith(",") ? "" : ", "}${matcher}}`;
}

const labelOf = (name: string) => (PLAIN_NAME.test(name) ? name : JSON.stringify(name));

/** Series that have a label. */
export function hasLabel(label: string): string {
  return `{${labelOf(label)}!=""}`;
}

/** How many values a label has among the series of a selector. */
export function labelsQuery(selector: string, label: string): string {
  return `count(count by (${labelOf(label)}) (${selector}))`;
}

/** Those values, each with how many series it has. */
export function valuesOfQuery(selector: string, label: string): string {
  return `topk(50, count by (${labelOf(label)}) (${selector}))`;
}
