// Windows of time, as they stand in brackets: offered in PromQL and LogQL alike.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";

const WINDOWS: readonly (readonly [window: string, says: string])[] = [
  ["$__rate_interval", "long enough for a rate"],
  ["$__auto", "a step of the chart"],
  ["$__interval", "a step of the chart"],
  ["$__range", "the whole range"],
  ["1m", ""],
  ["5m", ""],
  ["15m", ""],
  ["1h", ""],
  ["6h", ""],
  ["1d", ""],
];

/** `names` are those of the intervals that the language has use for. */
export function windowOptions(names: readonly string[]): Completion[] {
  return WINDOWS.filter(([window]) => !window.startsWith("$") || names.includes(window)).map(
    ([label, detail], index): Completion => ({ label, detail, type: "constant", boost: -index }),
  );
}

/** Offset of what is typed of a window, or undefined outside of brackets. */
export function windowAt(before: string): number | undefined {
  const plain = before.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, (text) => "_".repeat(text.length));
  const found = /\[\s*([$\w]*)$/.exec(plain);
  return found === null || /["'`]/.test(plain) ? undefined : before.length - (found[1]?.length ?? 0);
}

export const VALID_WINDOW = /^[$\w]*$/;

export function completeWindow(context: CompletionContext): CompletionResult | null {
  const from = windowAt(context.state.doc.sliceString(0, context.pos));
  if (from === undefined) return null;
  return { from, options: windowOptions(["$__rate_interval", "$__interval", "$__range"]), validFor: VALID_WINDOW };
}
