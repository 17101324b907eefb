// The name that a query's legend gives to a series.
import type { Labels } from "../../api/decode";

/** `{{label}}` filled in; a label that is missing is empty. `__auto` and nothing, also what is nothing when it is filled in: undefined,
 * the labels decide, or the query where there are none. */
export function legendText(legend: string, labels: Labels, expr = ""): string | undefined {
  const filled = legend.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (_whole, name: string) => labels[name] ?? "");
  if (filled !== "" && filled !== "__auto") return filled;
  return Object.keys(labels).length === 0 && expr !== "" ? expr : undefined;
}
