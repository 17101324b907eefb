// Narrows a PromQL text by one label: into every selector of it, or out of them again. The rest stays as it was typed. Pure.
import { childrenOf, nodesOf, parsePromql, type SyntaxNode, textOf } from "./syntax";

/** The query whose selectors all say `name op value`; the same again takes it away, the opposite takes its place. */
export function toggleMatcher(query: string, name: string, value: string, wanted: boolean): string {
  const op = wanted ? "=" : "!=";
  const selectors = nodesOf(parsePromql(query), "VectorSelector");
  const isThere = selectors.length > 0 && selectors.every((one) => saidOf(one, query, name, value, op) !== undefined);
  // From the right, so that places further left stay.
  return selectors.reduceRight((text, one) => {
    const opposite = saidOf(one, query, name, value, wanted ? "!=" : "=");
    const kept = matchersOf(one, query).filter((matcher) => matcher !== opposite && !(isThere && isSame(matcher)));
    const all = isThere ? kept : [...kept, `${labelText(name)}${op}${JSON.stringify(value)}`];
    const metric = metricOf(one, query);
    const inner = all.length === 0 && metric !== "" ? "" : `{${[...new Set(all)].join(", ")}}`;
    return `${text.slice(0, one.from)}${metric}${inner}${text.slice(one.to)}`;
  }, query);

  function isSame(matcher: string): boolean {
    return readMatcher(matcher) === `${name} ${op} ${value}`;
  }
}

function metricOf(selector: SyntaxNode, query: string): string {
  const name = selector.getChild("Identifier");
  return name === null ? "" : textOf(name, query);
}

function matchersOf(selector: SyntaxNode, query: string): string[] {
  const list = selector.getChild("LabelMatchers");
  return list === null
    ? []
    : childrenOf(list)
        .filter((one) => /Matcher$|^QuotedLabelName$/.test(one.name))
        .map((one) => textOf(one, query));
}

function saidOf(selector: SyntaxNode, query: string, name: string, value: string, op: string): string | undefined {
  return matchersOf(selector, query).find((one) => readMatcher(one) === `${name} ${op} ${value}`);
}

/** `name op value` with quotes read away. */
function readMatcher(matcher: string): string {
  const found = /^\s*("(?:[^"\\]|\\.)*"|[^\s=!]+)\s*(=~|!~|!=|=)\s*(.*)$/s.exec(matcher);
  return found === null ? matcher : `${unquoted(found[1] ?? "")} ${found[2]} ${unquoted(found[3] ?? "")}`;
}

function unquoted(text: string): string {
  return /^["'`]/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, text.startsWith("`") ? "\\$1" : "$1") : text;
}

/** Labels with unusual letters are quoted. */
function labelText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}
