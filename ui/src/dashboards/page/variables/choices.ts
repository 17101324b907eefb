// Choosing among the values of a variable: what is found by words, what a tick makes of the choice. Pure.
import { type AdhocFilter, ALL, type Variable, type VariableOption } from "../../model/types";

/** Those whose text has all the words. */
export function foundOptions(options: readonly VariableOption[], text: string): readonly VariableOption[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return options;
  return options.filter((one) => {
    const own = one.text.toLowerCase();
    return words.every((word) => own.includes(word));
  });
}

type Many = Pick<Variable, "includeAll">;

/** One value more or less. All of them and some of them are never chosen together; of one that must be something the last stays. */
export function toggled(chosen: readonly string[], value: string, { includeAll }: Many): readonly string[] {
  if (value === ALL) return [ALL];
  const rest = chosen.filter((one) => one !== ALL);
  const next = rest.includes(value) ? rest.filter((one) => one !== value) : [...rest, value];
  return next.length > 0 ? next : includeAll ? [ALL] : [value];
}

/** All that were found besides those that are chosen; where they all are, they go. */
export function toggledFound(
  chosen: readonly string[],
  found: readonly VariableOption[],
  { includeAll }: Many,
): readonly string[] {
  const values = found.map((one) => one.value).filter((one) => one !== ALL);
  const rest = chosen.filter((one) => one !== ALL);
  if (!values.every((one) => rest.includes(one))) return [...new Set([...rest, ...values])];
  const next = rest.filter((one) => !values.includes(one));
  return next.length > 0 ? next : includeAll ? [ALL] : values.slice(0, 1);
}

/** The chosen ones in words, the first few of many by name. */
export function chosenText(chosen: readonly string[], options: readonly VariableOption[]): string {
  const names = new Map(options.map((one) => [one.value, one.text]));
  const shown = chosen.slice(0, MOST_NAMED).map((one) => (one === ALL ? "All" : (names.get(one) ?? one)));
  const more = chosen.length - shown.length;
  return more > 0 ? `${shown.join(" + ")} + ${more} more` : shown.join(" + ");
}

/** More names would not be read. */
const MOST_NAMED = 8;

export function sameChoice(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value) => other.includes(value));
}

/** A value of a label that was clicked joins the filters over the dashboard, in the place of another value that was asked for; the same again goes. As the address has them: `key|operator|value`. */
export function clickedFilter(filters: readonly AdhocFilter[], clicked: AdhocFilter): readonly string[] {
  const { key, operator, value } = clicked;
  const isSame = (one: AdhocFilter) => one.key === key && one.operator === operator && one.value === value;
  const isReplaced = (one: AdhocFilter) =>
    one.key === key && (one.value === value || (one.operator === "=" && operator === "="));
  const rest = filters.filter((one) => !isReplaced(one));
  return [...rest, ...(filters.some(isSame) ? [] : [clicked])].map((one) => `${one.key}|${one.operator}|${one.value}`);
}
