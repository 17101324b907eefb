// What may stand at the end of a piece of LogQL. Pure; the completion asks this first and the server then.
import { windowAt } from "./windows";

export type LogqlContext =
  | { readonly kind: "label"; readonly from: number }
  | {
      readonly kind: "value";
      readonly from: number;
      readonly label: string;
      readonly selector: string;
      readonly quoted: boolean;
    }
  /** A stage, or a condition on a field of what the query before it gives. */
  | { readonly kind: "stage"; readonly from: number; readonly lines: string }
  | { readonly kind: "field"; readonly from: number; readonly lines: string }
  | {
      readonly kind: "fieldValue";
      readonly from: number;
      readonly lines: string;
      readonly field: string;
      readonly quoted: boolean;
    }
  | { readonly kind: "group"; readonly from: number }
  | { readonly kind: "window"; readonly from: number }
  | { readonly kind: "function"; readonly from: number }
  | { readonly kind: "none" };

const NONE: LogqlContext = { kind: "none" };

/** `before` is the text up to the cursor. */
export function logqlContext(before: string): LogqlContext {
  const open = openBrace(before);
  if (open !== undefined) return inSelector(before, open);
  const stage = inStage(before);
  if (stage !== undefined) return stage;
  if (isInString(before)) return NONE;
  const window = windowAt(before);
  if (window !== undefined) return { kind: "window", from: window };
  const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)$/.exec(before);
  if (grouping !== null) return { kind: "group", from: before.length - wordLength(before) };
  if (/(?:^|[\s(,+\-*/])[a-z_]*$/.test(before) && !/\}[^(]*$/.test(before)) {
    return { kind: "function", from: before.length - wordLength(before) };
  }
  return NONE;
}

/** The lines that a query is about: its first selector with the stages behind it, or undefined. */
export function linesOf(query: string): string | undefined {
  const plain = blank(query);
  const from = plain.indexOf("{");
  const close = plain.indexOf("}", from);
  if (from < 0 || close < 0) return undefined;
  const rest = /^[^[\])]*/.exec(plain.slice(close + 1))?.[0].length ?? 0;
  // A stage that is not finished is none yet.
  return query
    .slice(from, close + 1 + rest)
    .replace(/\|\s*$/, "")
    .trim();
}

const OPERATORS = /^\s*([A-Za-z_]\w*)\s*(?:=~|!~|!=|==|>=|<=|=|>|<)\s*(["`]?)((?:[^"\\`]|\\.)*)$/;
const JOINS = /\s(?:and|or)\s|,/g;
const NAMES = /^\s*(?:unwrap|drop|keep|label_format)\s[\w,\s]*$|\s(?:and|or)\s+\w*$/;

/** Within the last stage of a pipeline. */
function inStage(before: string): LogqlContext | undefined {
  const plain = blank(before);
  const close = plain.lastIndexOf("}");
  const pipe = plain.lastIndexOf("|");
  if (close < 0 || pipe < close || /[[\])]/.test(plain.slice(pipe))) return undefined;
  const selector = plain.lastIndexOf("{", close);
  const lines = before.slice(selector, pipe).trim();
  const stage = before.slice(pipe + 1);
  const typed = wordLength(before);
  // What a line filter looks for may be anything.
  if (/^[=~>]/.test(stage)) return NONE;
  if (/^\s*[a-z_]*$/.test(stage)) return { kind: "stage", from: before.length - typed, lines };
  const join = [...plain.slice(pipe + 1).matchAll(JOINS)].at(-1);
  const value = OPERATORS.exec(stage.slice(join === undefined ? 0 : join.index + join[0].length));
  if (value !== null) {
    const [, field = "", quote = "", text = ""] = value;
    return { kind: "fieldValue", field, lines, from: before.length - text.length, quoted: quote !== "" };
  }
  if (NAMES.test(stage)) return { kind: "field", from: before.length - typed, lines };
  return isInString(before) ? NONE : undefined;
}

/** With the insides of whole texts blanked, so that places stay. */
function blank(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, (one) => "_".repeat(one.length));
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
  return /["`]/.test(before.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, ""));
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
