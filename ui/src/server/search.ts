// What the URL of the server's pages holds: which of them is open.
import { oneText } from "../app/search";

export const TABS = ["targets", "cardinality", "storage", "configuration"] as const;
export type Tab = (typeof TABS)[number];

export interface ServerSearch {
  tab?: Tab;
}

export function validateServerSearch(search: Record<string, unknown>): ServerSearch {
  const tab = TABS.find((one) => one === oneText(search.tab));
  return tab === undefined ? {} : { tab };
}
