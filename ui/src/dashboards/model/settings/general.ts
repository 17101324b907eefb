// Settings of the whole dashboard, by the names of the older form. For elements each has its own place; the edit touches only
// that place, and a setting that goes back to nothing is taken away.
import { type Json, number, record, text } from "../../../api/decode";
import type { Calendar } from "../../../time/zone";
import { specPath } from "../document";
import { elementsPath } from "../elements/elements";
import { atPath, type Path, withPath } from "../patch/path";

export type General =
  | "title"
  | "description"
  | "fiscalYearStartMonth"
  | "editable"
  | "graphTooltip"
  | "refresh"
  | "tags"
  | "time.from"
  | "time.to"
  | "timepicker.hidden"
  | "timezone"
  | "weekStart";

const ELEMENT_PLACES: Readonly<Partial<Record<General, Path>>> = {
  graphTooltip: ["cursorSync"],
  refresh: ["timeSettings", "autoRefresh"],
  "time.from": ["timeSettings", "from"],
  "time.to": ["timeSettings", "to"],
  "timepicker.hidden": ["timeSettings", "hideTimepicker"],
  timezone: ["timeSettings", "timezone"],
  weekStart: ["timeSettings", "weekStart"],
  fiscalYearStartMonth: ["timeSettings", "fiscalYearStartMonth"],
};

/** Days that weeks may begin with, by their names. */
export const WEEK_STARTS: Readonly<Record<string, number>> = { sunday: 0, monday: 1, saturday: 6 };

/** Words for a shared crosshair, at the numbers of the older form. */
const SHARED = ["Off", "Crosshair", "Tooltip"];

function placeOf(doc: Json, name: General): Path {
  const own = elementsPath(doc) === undefined ? undefined : ELEMENT_PLACES[name];
  return [...specPath(doc), ...(own ?? name.split("."))];
}

export function general(doc: Json, name: General): unknown {
  const value = atPath(doc, placeOf(doc, name));
  if (name !== "graphTooltip") return value;
  if (typeof value === "string") return Math.max(0, SHARED.indexOf(value));
  return number(value) ?? (doc.sharedCrosshair === true ? 1 : 0);
}

export function withGeneral(doc: Json, name: General, value: unknown): Json {
  const isWord = name === "graphTooltip" && elementsPath(doc) !== undefined;
  return record(withPath(doc, placeOf(doc, name), isWord ? SHARED[Number(value)] : value));
}

/** Where weeks and years of accounts begin on this dashboard. */
export function calendarOf(doc: Json): Calendar {
  const fiscalStart = number(general(doc, "fiscalYearStartMonth")) ?? 0;
  return {
    weekStart: WEEK_STARTS[text(general(doc, "weekStart")).toLowerCase()] ?? 1,
    fiscalStart: fiscalStart >= 0 && fiscalStart < 12 ? Math.floor(fiscalStart) : 0,
  };
}
