// From a metric to the lines of the same labels: what a PromQL query selects by, in the labels that streams have. Pure.
import { parser } from "@prometheus-io/lezer-promql";

export interface Matcher {
  readonly name: string;
  readonly op: string;
  /** Without quotes. */
  readonly value: string;
}

/** What a service is called in metrics, the closest first. Streams call it `service_name`. */
const SERVICE_NAMES = ["service_name", "service", "app", "job", "container"];

/** Every matcher of the query, once. */
export function matchersOf(query: string): Matcher[] {
  const found = new Map<string, Matcher>();
  const text = (node: { from: number; to: number } | null) => (node === null ? "" : query.slice(node.from, node.to));
  parser
    .parse(query)
    .cursor()
    .iterate((node) => {
      if (node.name !== "UnquotedLabelMatcher") return;
      const one = node.node;
      const quoted = text(one.getChild("StringLiteral"));
      const name = text(one.getChild("LabelName"));
      const op = text(one.getChild("MatchOp"));
      if (name === "" || op === "" || quoted.length < 2) return;
      const value = unquote(quoted);
      if (value !== undefined) found.set(`${name}${op}${value}`, { name, op, value });
    });
  return [...found.values()];
}

function unquote(text: string): string | undefined {
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    const inner = text.startsWith("'") ? `"${text.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"` : text;
    const value: unknown = JSON.parse(inner);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The selector of lines with those labels; of all lines where none of them is known to streams. */
export function logsOf(query: string, known: readonly string[]): string {
  const matchers = matchersOf(query);
  const kept = matchers.filter((one) => known.includes(one.name));
  if (!kept.some((one) => SERVICE_NAMES.includes(one.name)) && known.includes("service_name")) {
    const service = SERVICE_NAMES.map((name) => matchers.find((one) => one.name === name && isPositive(one))).find(
      (one) => one !== undefined,
    );
    if (service !== undefined) kept.unshift({ ...service, name: "service_name" });
  }
  const positive = kept.some((one) => isPositive(one) && one.value !== "");
  const all = positive
    ? kept
    : [
        ...kept,
        { name: known.includes("service_name") ? "service_name" : (known[0] ?? "service_name"), op: "=~", value: ".+" },
      ];
  return `{${all.map((one) => `${one.name}${one.op}${JSON.stringify(one.value)}`).join(", ")}}`;
}

/** A selector of lines needs one matcher that asks for something. */
function isPositive(one: Matcher): boolean {
  return one.op === "=" || one.op === "=~";
}
