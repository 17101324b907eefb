// Which types of panels suit what was answered. Pure.
import { type DataFrame, frameLength } from "../data/frame";

/** More would be the list itself. */
const MOST = 6;
/** Slices and gauges of more values are not told apart. */
const FEW = 12;

/** The types that suit the frames, the best first; none where nothing was answered. */
export function suggestedTypes(frames: readonly DataFrame[]): string[] {
  const filled = frames.filter((one) => frameLength(one) > 0);
  if (filled.length === 0) return [];
  const names = new Set(filled.flatMap((one) => one.fields.map((field) => field.name)));
  if (names.has("Line") || (names.has("body") && names.has("id"))) return ["logs", "table"];
  if (names.has("Trace ID") || names.has("traceID")) return ["traces", "table"];
  const fields = filled.flatMap((one) => one.fields);
  const numbers = fields.filter((one) => one.type === "number");
  const texts = fields.filter((one) => one.type === "string" || one.type === "boolean");
  const rows = filled.reduce((most, one) => Math.max(most, frameLength(one)), 0);
  const isOverTime = filled.some((one) => one.fields.some((field) => field.type === "time")) && rows > 1;
  if (numbers.length > 1 && numbers.every((one) => one.labels?.le !== undefined))
    return ["heatmap", "histogram", "timeseries"];
  if (isOverTime && numbers.length === 0) return ["state-timeline", "status-history", "table"];
  if (isOverTime && texts.length === 0) {
    const few = numbers.length <= FEW ? ["stat", "gauge", "bargauge"] : [];
    return ["timeseries", ...few, "table", "state-timeline"].slice(0, MOST);
  }
  if (numbers.length === 0) return ["table"];
  if (texts.length > 0 && rows > 1) return ["table", "barchart", "bargauge", ...(rows <= FEW ? ["piechart"] : [])];
  const single =
    numbers.length * rows === 1 ? ["stat", "gauge"] : ["stat", "bargauge", "gauge", "piechart", "barchart"];
  return [...single, "table"].slice(0, MOST);
}
