// Which answers come as rows, a column a label, and what the column of their values is called. Pure.
import type { PanelType } from "../model/types";
import type { Planned } from "./plan";

/** The name of the values of a query that is told as rows; undefined: it is told as series. `bare`: nothing changes the answers before
 * they are shown, so that a table tells series at one time as rows. Numbers out of logs at one time are rows in every panel. */
export function valueNames(
  queries: readonly Planned[],
  type: PanelType | undefined,
  bare: boolean,
): (query: Planned) => string | undefined {
  const isOfLogs = (one: Planned) => one.signal === "logs" && one.mode === "instant";
  const isTable = (one: Planned) =>
    (one.mode === "range" || one.mode === "instant") &&
    (one.format === "table" || isOfLogs(one) || (bare && type === "table" && one.mode === "instant"));
  const many = queries.filter(isTable).length > 1;
  return (one) => (isTable(one) ? (many || isOfLogs(one) ? `Value #${one.refId}` : "Value") : undefined);
}
