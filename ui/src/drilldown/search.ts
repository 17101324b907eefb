// What the URL of Drilldown holds: the signal, what was picked, how it is broken down, and the filters.
import { manyTexts, oneText } from "../app/search";
import { SIGNALS, type Signal } from "../explore/search";
import { readFilter } from "./filters";

export const VIEWS = ["labels", "fields", "patterns", "lines", "breakdown", "compare", "related"] as const;
export type View = (typeof VIEWS)[number];

export const MEASURES = ["rate", "errors", "duration"] as const;
export type Measure = (typeof MEASURES)[number];

/** How many series become one. */
export const HOWS = ["sum", "avg", "min", "max", "p50", "p90", "p95", "p99"] as const;
export type How = (typeof HOWS)[number];

/** How metrics are listed; absent: by their names. */
export const ORDERS = ["reverse", "series"] as const;
export type Order = (typeof ORDERS)[number];

export interface DrilldownSearch {
  signal?: Signal;
  /** The metric, or the service of logs. */
  of?: string;
  /** The label or attribute that it is broken down by. */
  by?: string;
  /** Filters, as `filters.ts` writes them. */
  f?: string[];
  view?: View;
  measure?: Measure;
  /** How the series of the metric become one. */
  how?: How;
  /** Text that names must hold. */
  find?: string;
  order?: Order;
}

/** More conditions than anyone clicks together. */
const MOST_FILTERS = 30;
const LONGEST = 2_000;

export function validateDrilldownSearch(search: Record<string, unknown>): DrilldownSearch {
  const result: DrilldownSearch = {};
  const signal = SIGNALS.find((one) => one === oneText(search.signal));
  const view = VIEWS.find((one) => one === oneText(search.view));
  const measure = MEASURES.find((one) => one === oneText(search.measure));
  if (signal !== undefined) result.signal = signal;
  if (view !== undefined) result.view = view;
  if (measure !== undefined) result.measure = measure;
  const how = HOWS.find((one) => one === oneText(search.how));
  if (how !== undefined) result.how = how;
  const order = ORDERS.find((one) => one === oneText(search.order));
  if (order !== undefined) result.order = order;
  for (const name of ["of", "by", "find"] as const) {
    const value = oneText(search[name]);
    if (value !== undefined && value.length <= LONGEST) result[name] = value;
  }
  const filters = manyTexts(search.f)
    .filter((one) => one.length <= LONGEST && readFilter(one) !== undefined)
    .slice(0, MOST_FILTERS);
  if (filters.length > 0) result.f = filters;
  return result;
}
