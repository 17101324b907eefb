// From the answers to a variable's question to its options: filtered by pattern, sorted, made distinct. Pure.
import { ALL, type VariableOption } from "../model/types";

/** `/pattern/flags`, or undefined when it is none. */
export function readPattern(text: string): RegExp | undefined {
  if (text === "") return undefined;
  const slashed = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return slashed === null ? new RegExp(`^${text}$`) : new RegExp(slashed[1] ?? "", slashed[2] ?? "");
  } catch {
    return undefined;
  }
}

/** Named groups `text` and `value`, else the first group, else the whole value. */
export function applyPattern(values: readonly VariableOption[], regex: string): VariableOption[] {
  const pattern = readPattern(regex);
  if (pattern === undefined) return distinct(values);
  const once = new RegExp(pattern.source, pattern.flags.replace("g", ""));
  const found = values.flatMap((option): VariableOption[] => {
    const match = once.exec(option.value);
    if (match === null) return [];
    const { text, value } = match.groups ?? {};
    if (text !== undefined || value !== undefined) {
      return [{ text: text ?? value ?? "", value: value ?? text ?? "" }];
    }
    if (match.length === 1) return [option];
    // A group that takes no part in the match stands for nothing, as one that matches nothing does.
    const group = match[1] ?? "";
    return [{ text: group, value: group }];
  });
  return distinct(found);
}

function distinct(values: readonly VariableOption[]): VariableOption[] {
  const seen = new Set<string>();
  return values.filter((one) => {
    if (one.value === ALL || seen.has(one.value)) return false;
    seen.add(one.value);
    return true;
  });
}

const leadingNumber = (text: string) => {
  const found = /-?\d+(\.\d+)?/.exec(text);
  return found === null ? Number.POSITIVE_INFINITY : Number(found[0]);
};

/** 0 as they came; 1, 2 alphabetical; 3, 4 numerical; 5, 6 without case; 7, 8 natural; even numbers descend. */
export function sortOptions(options: readonly VariableOption[], sort: number): VariableOption[] {
  const all = [...options];
  if (sort < 1 || sort > 8) return all;
  const kind = Math.ceil(sort / 2);
  const compare = (a: VariableOption, b: VariableOption) => {
    if (kind === 1) return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
    if (kind === 2) return leadingNumber(a.text) - leadingNumber(b.text) || 0;
    if (kind === 3) return a.text.toLowerCase().localeCompare(b.text.toLowerCase());
    return a.text.localeCompare(b.text, undefined, { numeric: true });
  };
  all.sort(compare);
  return sort % 2 === 0 ? all.reverse() : all;
}

export type Question =
  | { readonly kind: "label_values"; readonly selector: string; readonly label: string }
  | { readonly kind: "label_names"; readonly selector: string }
  | { readonly kind: "metrics"; readonly pattern: string }
  | { readonly kind: "query_result"; readonly expr: string }
  | { readonly kind: "unknown"; readonly text: string };

/** Reads `label_values(metric{a="b"}, label)` and its relatives. */
export function readQuestion(query: string): Question {
  const text = query.trim();
  const call = /^(label_values|label_names|metrics|query_result)\s*\(([\s\S]*)\)\s*$/.exec(text);
  if (call === null) return { kind: "unknown", text };
  const inside = (call[2] ?? "").trim();
  if (call[1] === "label_names") return { kind: "label_names", selector: inside };
  if (call[1] === "metrics") return { kind: "metrics", pattern: inside };
  if (call[1] === "query_result") return { kind: "query_result", expr: inside };
  const at = inside.lastIndexOf(",");
  const label = at < 0 ? inside : inside.slice(at + 1).trim();
  const selector = at < 0 ? "" : inside.slice(0, at).trim();
  return { kind: "label_values", selector: selector.replace(/\{\s*\}$/, ""), label };
}
