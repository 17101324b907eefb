// How much a value changed over the range, in percent of where it began. Pure.
import { reduceValues } from "../../data/reducers";
import { digits } from "../../field/unitForms";

export interface Change {
  readonly text: string;
  /** The colour of the page that it is told in; empty: none. */
  readonly tone: "" | "good" | "error";
}

/** Undefined where it began at zero or has no two values. By `mode` growth is good, an error (`inverted`), or neither (`same_as_value`). */
export function percentChange(history: readonly (number | null)[], mode: string): Change | undefined {
  const part = history.filter((one) => one !== null).length > 1 ? reduceValues(history, "diffperc") : null;
  if (typeof part !== "number" || !Number.isFinite(part)) return undefined;
  const text = `${part > 0 ? "+" : ""}${digits(part * 100, undefined)}%`;
  if (part === 0 || mode === "same_as_value") return { text, tone: "" };
  return { text, tone: part > 0 !== (mode === "inverted") ? "good" : "error" };
}
