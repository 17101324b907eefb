// What the URL of a dashboard holds, by the names that links to dashboards have: `var-NAME`, `viewPanel`, `editPanel`,
// `editview`.
import { manyTexts, oneText } from "../../app/search";

/** Pages of the settings, by their names in links. */
export const SETTINGS_VIEWS = ["settings", "variables", "annotations", "links", "json-model"] as const;
export type SettingsView = (typeof SETTINGS_VIEWS)[number];

export interface DashboardSearch {
  /** The settings are open. */
  editview?: SettingsView;
  viewPanel?: string;
  editPanel?: string;
  /** The panel that is looked behind. */
  inspect?: string;
  kiosk?: string;
  /** Of a new dashboard: where it will be saved. */
  folderUid?: string;
  /** The zone that times are shown in, instead of the stored one. */
  timezone?: string;
  /** Keys of the chosen tabs, one a bar. */
  dtab?: string[];
  [variable: `var-${string}`]: string[] | undefined;
}

/** Values of one variable beyond this are not chosen by people. */
const MOST_VALUES = 500;

/** Bars of tabs beyond this are not chosen by people. */
const MOST_TABS = 20;

export function validateDashboardSearch(search: Record<string, unknown>): DashboardSearch {
  const result: DashboardSearch = {};
  for (const [name, value] of Object.entries(search)) {
    if (/^var-\w+$/.test(name)) result[name as `var-${string}`] = manyTexts(value).slice(0, MOST_VALUES);
  }
  const view = panelKey(oneText(search.viewPanel));
  const edit = panelKey(oneText(search.editPanel));
  if (view !== undefined) result.viewPanel = view;
  if (edit !== undefined) result.editPanel = edit;
  const inspect = panelKey(oneText(search.inspect));
  if (inspect !== undefined) result.inspect = inspect;
  const settings = SETTINGS_VIEWS.find((one) => one === oneText(search.editview));
  if (settings !== undefined) result.editview = settings;
  const folderUid = oneText(search.folderUid);
  if (folderUid !== undefined) result.folderUid = folderUid;
  const tabs = manyTexts(search.dtab).filter((one) => /^[\w-]{1,200}$/.test(one));
  if (tabs.length > 0) result.dtab = tabs.slice(0, MOST_TABS);
  const timezone = oneText(search.timezone);
  if (timezone !== undefined && /^[\w+/-]{1,60}$/.test(timezone)) result.timezone = timezone;
  if (search.kiosk !== undefined) result.kiosk = oneText(search.kiosk) ?? "1";
  return result;
}

/** `7` and `panel-7` are the same panel; a copy of a repeat has more after it. */
function panelKey(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return `panel-${text}`;
  return /^panel-[\w-]{1,120}$/.test(text) ? text : undefined;
}

export function askedValues(search: DashboardSearch): Map<string, readonly string[]> {
  const result = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(search)) {
    if (name.startsWith("var-") && Array.isArray(value)) result.set(name.slice(4), value);
  }
  return result;
}

/** The chosen tab of a bar: keys of tabs begin with that of their bar, without its last letter. */
export function tabOfBar(chosen: readonly string[], bar: string): string | undefined {
  return chosen.find((one) => one.startsWith(`${bar.slice(0, -1)}-`));
}

/** The chosen tabs with one more; the one that was chosen on the same bar goes. */
export function withTab(chosen: readonly string[], bar: string, tab: string): string[] {
  return [...chosen.filter((one) => one !== tabOfBar(chosen, bar)), tab];
}
