// What the URL of the server's pages holds: which of them is open.
import { oneText } from "../app/search";

export const TABS = [
  "targets",
  "agents",
  "queries",
  "cardinality",
  "storage",
  "configuration",
  "load",
  "tokens",
] as const;
export type Tab = (typeof TABS)[number];

/** Longer ones are not typed by people. */
const LONGEST_SELECTOR = 4_000;

export interface ServerSearch {
  tab?: Tab;
  /** Cardinality: the selector that is looked into. */
  of?: string;
  /** Cardinality: the label whose values are listed. */
  by?: string;
}

export function validateServerSearch(search: Record<string, unknown>): ServerSearch {
  const tab = TABS.find((one) => one === oneText(search.tab));
  const of = oneText(search.of);
  const by = oneText(search.by);
  return {
    ...(tab === undefined ? {} : { tab }),
    ...(of === undefined || of.length > LONGEST_SELECTOR ? {} : { of }),
    ...(by === undefined || by.length > LONGEST_SELECTOR ? {} : { by }),
  };
}
