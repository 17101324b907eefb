// What may stand at the end of a piece of LogQL. Pure; the completion asks this first and the server then.

export type LogqlContext =
  | { readonly kind: "label"; readonly from: number }
  | {
      readonly kind: "value";
      readonly from: number;
      readonly label: string;
      readonly selector: string;
      readonly quoted: boolean;
    }
  | { readonly kind: "stage"; readonly from: number }
  | { readonly kind: "function"; readonly from: number }
  | { readonly kind: "none" };

const NONE: LogqlContext = { kind: "none" };

/** `before` is the text up to the cursor. */
export function logqlContext(before: string): LogqlContext {
  const open = openBrace(before);
  if (open !== undefined) return inSelector(before, open);
  if (isInString(before)) return NONE;
  const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)$/.exec(before);
  if (grouping !== null) return { kind: "label", from: before.length - wordLength(before) };
  const stage = /\|\s*([a-z_]*)$/.exec(before);
  if (stage !== null && before.includes("}")) return { kind: "stage", from: before.length - (stage[1]?.length ?? 0) };
  if (/(?:^|[\s(,+\-*/])[a-z_]*$/.test(before) && !/\}[^(]*$/.test(before)) {
    return { kind: "function", from: before.length - wordLength(before) };
  }
  return NONE;
}

/** Offset after the brace of an open stream selector. */
function openBrace(before: string): number | undefined {
  let open: number | undefined;
  let quote: string | undefined;
  for (let index = 0; index < before.length; index += 1) {
    const letter = before[index];
    if (quote !== undefined) {
      if (letter === "\\" && quote === '"') index += 1;
      else if (letter === quote) quote = undefined;
    } else if (letter === '"' || letter === "`") quote = letter;
    else if (letter === "{") open = index + 1;
    else if (letter === "}") open = undefined;
  }
  return open;
}

function isInString(before: string): boolean {
  const stripped = before.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, "");
  return /["`]/.test(stripped);
}

function inSelector(before: string, open: number): LogqlContext {
  const inner = before.slice(open);
  const value = /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*(["`]?)((?:[^"\\`]|\\.)*)$/.exec(inner);
  if (value !== null && !/,\s*\w*$/.test(inner.slice(value.index + (value[1]?.length ?? 0)).replace(/"[^"]*$/, ""))) {
    const [, label = "", quote = "", typed = ""] = value;
    const others = inner.slice(0, value.index).replace(/,\s*$/, "");
    return { kind: "value", label, from: before.length - typed.length, selector: `{${others}}`, quoted: quote !== "" };
  }
  if (/(?:^|,)\s*\w*$/.test(inner)) return { kind: "label", from: before.length - wordLength(before) };
  return NONE;
}

function wordLength(text: string): number {
  return /\w*$/.exec(text)?.[0].length ?? 0;
}
