// What the URL of Explore holds: for each pane the signal, the queries that ran, how they are shown, and the open trace.
// The right pane's parameters are those of the left one with an `r` before them; it is open while it has a signal. It shares the
// time range of the page, unless it has one of its own in `rfrom` and `rto`.
import { list, record, text } from "../api/decode";
import { manyTexts, oneText } from "../app/search";
import { readDuration } from "../dashboards/query/duration";
import { isValidRange, type RawRange } from "../time/range";
import { partsOf } from "./rows";

export type Signal = "metrics" | "logs" | "traces";
export const SIGNALS: readonly Signal[] = ["metrics", "logs", "traces"];

/** Metrics: `instant` shows a table of now, `tree` explains. Traces: `map` shows the services. Absent means the usual view. */
export const MODES = ["instant", "tree", "map"] as const;
export type Mode = (typeof MODES)[number];

export interface PaneSearch {
  signal?: Signal;
  /** One text a query row. */
  q?: string[];
  /** Letters of rows that are hidden. */
  hide?: string | undefined;
  /** How the series of each row are called, and how far its points are apart at least. */
  legend?: string[] | undefined;
  step?: string[] | undefined;
  mode?: Mode;
  /** The open trace, hex. */
  trace?: string;
  /** The selected span of it, hex. */
  span?: string;
  /** The line that is pointed at: epoch nanoseconds. */
  line?: string;
  /** Fields of lines that are shown as columns. */
  cols?: string[];
}

export interface ExploreSearch extends PaneSearch {
  rsignal?: Signal;
  rq?: string[];
  rhide?: string | undefined;
  rlegend?: string[] | undefined;
  rstep?: string[] | undefined;
  rmode?: Mode;
  rtrace?: string;
  rspan?: string;
  rline?: string;
  rcols?: string[];
  rfrom?: string;
  rto?: string;
}

export type Pane = "left" | "right";

/** More rows than anyone compares on one screen. */
export const MOST_QUERIES = 12;

/** More columns leave no room for the line. */
export const MOST_COLUMNS = 8;
export const LONGEST_NAME = 200;

/** Longer texts are not typed by people; the server refuses them anyway. */
const LONGEST_QUERY = 20_000;

export function validateExploreSearch(search: Record<string, unknown>): ExploreSearch {
  const shared =
    search.panes !== undefined
      ? sharedPanes(search.panes)
      : search.left !== undefined
        ? formerPanes(search.left, search.right)
        : undefined;
  if (shared !== undefined) return shared;
  const right = validatePane(ofRight(search));
  const left = validatePane(search);
  if (right.signal === undefined) return left;
  return withOwnRange(withPane(left, "right", right), ownRange(search));
}

/** The range that the right pane does not share with the page. */
export function ownRange({ rfrom, rto }: Record<string, unknown>): RawRange | undefined {
  const own = { from: oneText(rfrom) ?? "", to: oneText(rto) ?? "" };
  return own.from !== "" && own.to !== "" && isValidRange(own) ? own : undefined;
}

/** With another range for the right pane; without one it shares that of the page. */
export function withOwnRange<Search extends ExploreSearch>(search: Search, own: RawRange | undefined): Search {
  const { rfrom: _from, rto: _to, ...rest } = search;
  return (own === undefined ? rest : { ...rest, rfrom: own.from, rto: own.to }) as Search;
}

function validatePane(search: Record<string, unknown>): PaneSearch {
  const result: PaneSearch = {};
  const signal = oneText(search.signal);
  const known = SIGNALS.find((one) => one === signal);
  if (known !== undefined) result.signal = known;
  const queries = manyTexts(search.q)
    .filter((one) => one.length <= LONGEST_QUERY)
    .slice(0, MOST_QUERIES);
  if (queries.length > 0) result.q = queries;
  const hide = oneText(search.hide);
  if (hide !== undefined && /^[A-Z]{1,12}$/.test(hide)) result.hide = hide;
  const legend = manyTexts(search.legend).slice(0, MOST_QUERIES);
  if (legend.some((one) => one !== "") && legend.every((one) => one.length <= LONGEST_NAME)) result.legend = legend;
  const step = manyTexts(search.step).slice(0, MOST_QUERIES);
  if (step.some((one) => one !== "") && step.every(isStep)) result.step = step;
  const mode = MODES.find((one) => one === oneText(search.mode));
  if (mode !== undefined) result.mode = mode;
  const trace = oneText(search.trace)?.toLowerCase();
  if (trace !== undefined && /^[0-9a-f]{1,32}$/.test(trace)) {
    result.trace = trace;
    const span = oneText(search.span)?.toLowerCase();
    if (span !== undefined && /^[0-9a-f]{1,16}$/.test(span)) result.span = span;
  }
  const line = oneText(search.line);
  if (line !== undefined && /^\d{1,19}$/.test(line)) result.line = line;
  const cols = manyTexts(search.cols).filter((one) => one !== "" && one.length <= LONGEST_NAME);
  if (cols.length > 0) result.cols = [...new Set(cols)].slice(0, MOST_COLUMNS);
  return result;
}

/** A row may leave its step to the width of the chart. */
export const isStep = (text: string) => text === "" || readDuration(text) !== undefined;

const PARTS = ["signal", "q", "hide", "legend", "step", "mode", "trace", "span", "line", "cols"] as const;

export function paneOf(search: ExploreSearch, pane: Pane): PaneSearch {
  if (pane === "right") return validatePane(ofRight({ ...search }));
  const parts = PARTS.map((name) => [name, search[name]] as const);
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}

/** The parameters of the right pane by the names of the left one. */
function ofRight(search: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(PARTS.map((name) => [name, search[`r${name}`]]));
}

/** The search with these parts of the pane changed; a part that is there and undefined is removed. */
export function withPane<Search extends ExploreSearch>(search: Search, pane: Pane, part: PaneSearch): Search {
  if (pane === "left") return { ...search, ...part };
  const renamed = Object.fromEntries(Object.entries(part).map(([name, value]) => [`r${name}`, value]));
  return { ...search, ...renamed };
}

/** Nothing of a pane. */
export const GONE: PaneSearch = Object.fromEntries(PARTS.map((name) => [name, undefined]));

/** Without that pane; the other one is the left one then, and its range that of the page. */
export function closePane<Search extends ExploreSearch>(search: Search, pane: Pane): Search {
  const kept = paneOf(search, pane === "left" ? "right" : "left");
  const range = pane === "left" ? ownRange(search as Record<string, unknown>) : undefined;
  const one = withPane(withPane(search, "right", GONE), "left", { ...GONE, ...kept });
  return { ...withOwnRange(one, undefined), ...range };
}

/** `panes` of a shared link: an object of panes, each with its queries and, by its kind of source, its signal. */
function sharedPanes(value: unknown): (ExploreSearch & { from?: string; to?: string }) | undefined {
  const raw = oneText(value);
  if (raw === undefined) return undefined;
  try {
    const [left, right] = Object.values(record(JSON.parse(raw))).map(record);
    if (left === undefined) return undefined;
    const range = sharedRange(left);
    const first = { ...sharedPane(left), ...range };
    if (right === undefined) return first;
    const other = sharedRange(right);
    const isShared = other.from === range.from && other.to === range.to;
    const own = isShared ? undefined : ownRange({ rfrom: other.from, rto: other.to });
    return withOwnRange(withPane(first, "right", sharedPane(right)), own);
  } catch {
    return undefined;
  }
}

/** `left` and `right` of links before `panes`: an object each, or a list of both ends, the source and its queries. */
function formerPanes(...sides: readonly unknown[]): ExploreSearch | undefined {
  const panes = sides.flatMap((one) => {
    const raw = oneText(one);
    return raw === undefined ? [] : [raw];
  });
  try {
    const read = panes.map((raw, index) => [String(index), formerPane(JSON.parse(raw))]);
    return sharedPanes(JSON.stringify(Object.fromEntries(read)));
  } catch {
    return undefined;
  }
}

function formerPane(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [from, to, datasource, ...queries] = value;
  return { datasource, queries, range: { from, to } };
}

function sharedRange(pane: Readonly<Record<string, unknown>>): Partial<RawRange> {
  const range = record(pane.range);
  const [from, to] = [text(range.from), text(range.to)];
  return { ...(from === "" ? {} : { from }), ...(to === "" ? {} : { to }) };
}

const KINDS: Readonly<Record<string, Signal>> = { loki: "logs", tempo: "traces", prometheus: "metrics" };

function sharedPane(pane: Readonly<Record<string, unknown>>): PaneSearch {
  const queries = list(pane.queries).map(record);
  const kind = text(record(queries[0]?.datasource).type) || text(pane.datasource);
  const signal = Object.entries(KINDS).find(([name]) => kind.toLowerCase().includes(name))?.[1] ?? "metrics";
  const rows = queries.map((one) => ({
    text: text(one.expr) || text(one.query),
    hidden: one.hide === true,
    legend: text(one.legendFormat),
    step: text(one.interval),
  }));
  return validatePane({ signal, ...partsOf(rows) });
}
