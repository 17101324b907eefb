// What may stand at the end of a piece of TraceQL. Pure.

export type TraceqlContext =
  | { readonly kind: "field"; readonly from: number }
  | { readonly kind: "value"; readonly from: number; readonly field: string; readonly quoted: boolean }
  | { readonly kind: "stage"; readonly from: number }
  | { readonly kind: "none" };

const FIELD = /[\w.:/-]*$/;

/** `before` is the text up to the cursor. */
export function traceqlContext(before: string): TraceqlContext {
  const plain = before.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, (text) => "_".repeat(text.length));
  const depth = (plain.match(/\{/g) ?? []).length - (plain.match(/\}/g) ?? []).length;
  if (depth <= 0) {
    const stage = /\|\s*([a-z_]*)$/.exec(plain);
    return stage === null ? { kind: "none" } : { kind: "stage", from: before.length - (stage[1]?.length ?? 0) };
  }
  const inner = before.slice(plain.lastIndexOf("{") + 1);
  const value = /([A-Za-z.][\w.:/-]*)\s*(?:!=|=~|!~|>=|<=|=|>|<)\s*(["`]?)([^"`\s{}&|]*)$/.exec(inner);
  if (value !== null) {
    const [, field = "", quote = "", typed = ""] = value;
    return { kind: "value", field, from: before.length - typed.length, quoted: quote !== "" };
  }
  if (/["`][^"`]*$/.test(plain.slice(plain.lastIndexOf("{") + 1))) return { kind: "none" };
  if (/(?:^|&&|\|\||[(!])\s*[\w.:/-]*$/.test(inner)) {
    return { kind: "field", from: before.length - (FIELD.exec(before)?.[0].length ?? 0) };
  }
  return { kind: "none" };
}
