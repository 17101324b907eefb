// Links to a dashboard or to one of its panels, for people and for pages that frame it. Pure.
import { stringifySearch } from "../../../app/search";
import { absoluteRange, type Range, type RawRange } from "../../../time/range";

export interface Shared {
  /** Where the pages of this server begin, with a slash at its end. */
  readonly base: string;
  readonly uid: string;
  readonly title: string;
  /** What the address of the page says now. */
  readonly search: Readonly<Record<string, unknown>>;
  readonly raw: RawRange;
  readonly range: Range;
  /** The key of one panel. */
  readonly panel?: string | undefined;
}

export interface ShareOptions {
  /** The moments that are shown now, instead of "the last hour". */
  readonly lockTime: boolean;
  readonly withVariables: boolean;
  /** Framed: how many seconds between refreshes, as the page has it. */
  readonly framed?: boolean;
}

/** Words of a title as addresses have them. */
export function slugOf(title: string): string {
  return title
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 80);
}

/** What stays of the address in a link: tabs, zone and tenant are part of what one sees, an open editor is not. */
const KEPT = new Set(["tenant", "timezone", "dtab", "orgId"]);

export function shareLink({ base, uid, title, search, raw, range, panel }: Shared, options: ShareOptions): string {
  const { from, to } = options.lockTime ? absoluteRange(range) : raw;
  const kept = Object.fromEntries(
    Object.entries(search).filter(([name]) => KEPT.has(name) || (options.withVariables && name.startsWith("var-"))),
  );
  const slug = slugOf(title);
  const path = `${options.framed ? "d-solo" : "d"}/${encodeURIComponent(uid)}${slug === "" ? "" : `/${encodeURIComponent(slug)}`}`;
  const which = panel === undefined ? {} : options.framed ? { panelId: panel } : { viewPanel: panel };
  const refresh = options.framed ? { refresh: search.refresh } : {};
  return `${base}${path}${stringifySearch({ from, to, ...kept, ...refresh, ...which })}`;
}

/** The words that put the panel into a page of others. */
export function embedCode(link: string): string {
  const safe = link.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${safe}" width="650" height="300" frameborder="0"></iframe>`;
}
