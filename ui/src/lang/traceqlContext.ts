// What may stand at the end of a piece of TraceQL. Pure.

export type TraceqlContext =
  | { readonly kind: "field"; readonly from: number }
  | { readonly kind: "value"; readonly from: number; readonly field: string; readonly quoted: boolean }
  | { readonly kind: "stage"; readonly from: number }
  /** Nothing yet: a first spanset. */
  | { readonly kind: "start"; readonly from: number }
  /** Behind a spanset: how another one relates to it, or a pipeline. */
  | { readonly kind: "relation"; readonly from: number }
  | { readonly kind: "none" };

const FIELD = /[\w.:/-]*$/;
const VALUE =
  /([A-Za-z.][\w.:/-]*)\s*(?:!=|=~|!~|>=|<=|=|>|<)\s*(?:(?<quote>["`])(?<text>[^"`]*)|(?<bare>[^"`\s{}&|()]*))$/;
/** Functions of a pipeline that take fields. */
const FIELDS =
  /\b(?:by|select|avg|min|max|sum|quantile_over_time|histogram_over_time|\w+_over_time)\s*\((?:[^()]*,)?\s*[\w.:/-]*$/;

/** `before` is the text up to the cursor. */
export function traceqlContext(before: string): TraceqlContext {
  const plain = before.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, (text) => "_".repeat(text.length));
  const field = { kind: "field", from: before.length - (FIELD.exec(before)?.[0].length ?? 0) } as const;
  const depth = (plain.match(/\{/g) ?? []).length - (plain.match(/\}/g) ?? []).length;
  if (depth <= 0) {
    if (plain.trim() === "") return { kind: "start", from: before.length };
    if (/\|/.test(plain) && FIELDS.test(plain)) return field;
    const stage = /(?:^|[^|])\|\s*([a-z_]*)$/.exec(plain);
    if (stage !== null) return { kind: "stage", from: before.length - (stage[1]?.length ?? 0) };
    return /\}\s*$/.test(plain) ? { kind: "relation", from: before.length } : { kind: "none" };
  }
  const inner = before.slice(plain.lastIndexOf("{") + 1);
  const value = VALUE.exec(inner);
  if (value !== null) {
    const { quote, text, bare = "" } = value.groups ?? {};
    const typed = quote === undefined ? bare : (text ?? "");
    return { kind: "value", field: value[1] ?? "", from: before.length - typed.length, quoted: quote !== undefined };
  }
  if (/["`][^"`]*$/.test(plain.slice(plain.lastIndexOf("{") + 1))) return { kind: "none" };
  return /(?:^|&&|\|\||[(!])\s*[\w.:/-]*$/.test(inner) ? field : { kind: "none" };
}
