// Explore's state is its URL. Running queries writes them there; everything shown derives from there. Each pane sees its own
// part. Outside of Explore, hops lead into it.
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { createContext, useContext, useMemo } from "react";
import { DEFAULT_RANGE, type RawRange } from "../time/range";
import { rememberQuery } from "./history";
import { partsOf, type Row, rowsOf, withTexts } from "./rows";
import {
  closePane,
  type ExploreSearch,
  GONE,
  type Mode,
  ownRange,
  type Pane,
  type PaneSearch,
  paneOf,
  type Signal,
  validateExploreSearch,
  withOwnRange,
  withPane,
} from "./search";

const NONE: readonly string[] = [];

export const PaneContext = createContext<Pane>("left");

export interface Explore {
  readonly signal: Signal;
  readonly queries: readonly string[];
  /** The queries with what is theirs. */
  readonly rows: readonly Row[];
  readonly mode: Mode | undefined;
  readonly trace: string | undefined;
  readonly span: string | undefined;
  /** The line that is pointed at: epoch nanoseconds. */
  readonly line: string | undefined;
  /** Fields of lines that are shown as columns. */
  readonly columns: readonly string[];
  readonly isSplit: boolean;
  /** The range that this pane does not share with the page. */
  readonly own: RawRange | undefined;
  /** Gives this pane a range of its own, or that of the page again. */
  readonly setOwn: (range: RawRange | undefined) => void;
  /** Puts the queries into the URL, which runs them; each keeps the ways of its row. */
  readonly run: (queries: readonly string[]) => void;
  readonly runRows: (rows: readonly Row[]) => void;
  /** Changes any part; the time range and the rest stay. */
  readonly change: (part: PaneSearch, replace?: boolean) => void;
  /** Goes to another signal, starting from these queries. */
  readonly go: (signal: Signal, queries: readonly string[], range?: RawRange) => void;
  /** Shows this in the other pane, which opens for it; in a range of its own where one is given. */
  readonly beside: (part: PaneSearch, range?: RawRange) => void;
  /** The address of this pane with the part changed, in that range. */
  readonly linkTo: (part: PaneSearch, range: RawRange) => string;
  /** Closes this pane. */
  readonly close: () => void;
}

const NO_COLUMNS: readonly string[] = [];

/** The range of that pane changed, and of no other. */
function inRange(search: ExploreSearch & Shell, pane: Pane, range: RawRange | undefined): ExploreSearch & Shell {
  if (range === undefined) return search;
  if (pane === "right") return withOwnRange(search, range);
  const page = { from: search.from ?? DEFAULT_RANGE.from, to: search.to ?? DEFAULT_RANGE.to };
  const isShared = search.rsignal !== undefined && ownRange({ ...search }) === undefined;
  return { ...withOwnRange(search, isShared ? page : ownRange({ ...search })), ...range };
}

const shellOf = ({ from, to, refresh, tenant }: Shell) => ({ from, to, refresh, tenant }) as Shell;

type Shell = { from?: string; to?: string; refresh?: string; tenant?: string };

export function useExplore(): Explore {
  const pane = useContext(PaneContext);
  const found = useSearch({ strict: false });
  const navigate = useNavigate();
  const router = useRouter();
  return useMemo((): Explore => {
    const search = validateExploreSearch(found);
    const own = paneOf(search, pane);
    const signal = own.signal ?? "metrics";
    const isSplit = search.rsignal !== undefined;
    const put = (make: (old: ExploreSearch & Shell) => ExploreSearch & Shell, replace = false) =>
      void navigate({
        to: "/explore",
        search: (old: Shell & Record<string, unknown>) => make({ ...validateExploreSearch(old), ...shellOf(old) }),
        replace,
      });
    const change: Explore["change"] = (part, replace) => put((old) => withPane(old, pane, part), replace);
    const rows = rowsOf(own);
    const runRows: Explore["runRows"] = (next) => {
      for (const one of next) if (!one.hidden) rememberQuery(signal, one.text);
      // The map is of all services: a search leaves it.
      const mode = own.mode === "map" ? undefined : own.mode;
      change({ signal, ...partsOf(next), mode, trace: undefined, span: undefined, line: undefined });
    };
    return {
      signal,
      queries: own.q ?? NONE,
      rows,
      mode: own.mode,
      trace: own.trace,
      span: own.span,
      line: own.line,
      columns: own.cols ?? NO_COLUMNS,
      isSplit,
      own: pane === "right" ? ownRange({ ...search }) : undefined,
      setOwn: (range) => put((old) => withOwnRange(old, range)),
      change,
      run: (queries) => runRows(withTexts(rows, queries)),
      runRows,
      go: (next, queries, range) =>
        put((old) => inRange(withPane(old, pane, { ...GONE, signal: next, q: [...queries] }), pane, range)),
      beside: (part, range) =>
        put((old) => {
          const other = pane === "left" ? "right" : "left";
          return inRange(withPane(old, other, { ...GONE, ...part }), other, range);
        }),
      linkTo: (part, range) => {
        const to = router.buildLocation({
          to: "/explore",
          search: inRange({ ...withPane(search, pane, part), ...shellOf(found) }, pane, range),
        });
        return new URL(to.href, location.href).href;
      },
      close: () => put((old) => closePane(old, pane)),
    };
  }, [found, navigate, router, pane]);
}
