// Filters that were clicked together. In the URL one is `name=value` or `name!=value`, with the kind of field before it where it
// is none of the labels: `json:user=ada`. Pure.

export const KINDS = ["label", "metadata", "json", "logfmt", "pattern"] as const;
export type Kind = (typeof KINDS)[number];

export interface Filter {
  readonly kind: Kind;
  readonly name: string;
  readonly wanted: boolean;
  readonly value: string;
}

export function readFilter(text: string): Filter | undefined {
  const found = /^(?:(metadata|json|logfmt|pattern):)?([^=!]+)(!?=)(.*)$/s.exec(text);
  if (found === null) return undefined;
  const [, kind = "label", name = "", op, value = ""] = found;
  return { kind: KINDS.find((one) => one === kind) ?? "label", name, wanted: op === "=", value };
}

export function writeFilter({ kind, name, wanted, value }: Filter): string {
  return `${kind === "label" ? "" : `${kind}:`}${name}${wanted ? "=" : "!="}${value}`;
}

/** The same filter again takes it away; the opposite one replaces it. */
export function toggleFilter(filters: readonly Filter[], added: Filter): Filter[] {
  const isSame = (one: Filter) => one.kind === added.kind && one.name === added.name && one.value === added.value;
  const before = filters.find(isSame);
  const others = filters.filter((one) => !isSame(one));
  return before?.wanted === added.wanted ? others : [...others, added];
}

/** Spans that have no parent: one a request, as its caller sees it. */
export const ROOTS: Filter = { kind: "label", name: "nestedSetParent", wanted: true, value: "-1" };
