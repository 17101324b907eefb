// Volume on top, fields at the left, lines at the right. Live lines take the place of loaded ones while the tail runs.
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useExplore } from "../../explore/useExplore";
import { count } from "../../format/number";
import { absoluteRange } from "../../time/range";
import { useTime } from "../../time/TimeContext";
import { Finder } from "../../ui/find/Finder";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { FieldsPanel } from "../FieldsPanel";
import type { Field } from "../fields";
import { toggleFilter } from "../filters";
import styles from "../logs.module.css";
import type { useLines } from "../useLines";
import { useTail } from "../useTail";
import { Levels, VolumeChart } from "../VolumeChart";
import { type Dedupe, dedupe } from "./dedupe";
import type { LineWays } from "./LineDetails";
import { LineList, type ListEnd, type Target } from "./LineList";
import { findLines, type Lines, lineAt, linesOfEntries, reversed } from "./lines";
import { TailBar } from "./TailBar";

export interface LinesLook {
  readonly wrap: boolean;
  readonly pretty: boolean;
  readonly fields: boolean;
  /** The oldest lines first, from the beginning of the range. */
  readonly oldest: boolean;
  readonly nanos: boolean;
  readonly dedupe: Dedupe;
}

interface Props {
  query: string;
  loaded: ReturnType<typeof useLines>;
  live: boolean;
  look: LinesLook;
  width: number;
}

/** Panes narrower than this have room for lines, and for nothing beside them. */
const NARROW_PX = 780;

export const isNarrow = (width: number) => width > 0 && width < NARROW_PX;

/** A line that is pointed at is among the first pages. */
const MOST_POINTED = 10_000;

const NOTHING: ListEnd = { hasMore: false, isLoading: false, onMore: () => undefined, foot: null };

export function LinesPanel({ query, loaded, live, look, width }: Props) {
  const explore = useExplore();
  const [scrolled, setScrolled] = useState(false);
  const [held, setHeld] = useState(false);
  const tail = useTail(query, live, scrolled || held);
  const tailed = useMemo(() => linesOfEntries(tail.entries), [tail.entries]);
  const all = live ? tailed : loaded.lines;
  const isReversed = look.oldest && !live;
  const shown = useMemo(() => {
    const once = dedupe(all, look.dedupe);
    return isReversed ? reversed(once) : once;
  }, [all, look.dedupe, isReversed]);
  const filter = (field: Field, wanted: boolean) => explore.run([toggleFilter(query, field, wanted)]);
  const { answer } = loaded;
  const { older, newer } = useEnds(loaded);
  const narrow = isNarrow(width);
  const isNothing = !live && answer.isSuccess && all.size === 0;
  const [find, setFind] = useState("");
  const wanted = useDeferredValue(find);
  const found = useMemo(() => findLines(shown, wanted), [shown, wanted]);
  // Other lines altogether start at the top; more lines of the same do not.
  const list = `${live} ${isReversed} ${query}`;
  const [target, setTarget] = useTarget(shown, list);
  const ways = useLineWays();

  return (
    <>
      {!live && !isNothing && <VolumeChart query={query} width={width} />}
      {!isNothing && (
        <div className={styles.above}>
          {live ? (
            <TailBar tail={tail} held={held} onHeld={setHeld} />
          ) : (
            <Levels query={query} width={width} onFilter={filter} />
          )}
          <Finder
            label="Find in these lines"
            wanted={find}
            found={found}
            selected={target?.index ?? -1}
            onWanted={setFind}
            onSelect={(index) => setTarget({ index, open: false })}
            testId="found-lines"
          />
        </div>
      )}
      <div className={styles.body}>
        {look.fields && !narrow && all.size > 0 && <FieldsPanel lines={all} onFilter={filter} ways={ways} />}
        <div className={styles.lines}>
          {answer.isLoading && !live && <SkeletonRows rows={16} height={20} />}
          {isNothing && (
            <Notice title="No lines in this range">
              The query is valid, but no line matched. Widen the time range, or remove a filter.
            </Notice>
          )}
          {live && all.size === 0 && tail.state === "open" && <Notice title="Waiting for the first line" />}
          {all.size > 0 && (
            <LineList
              key={list}
              lines={shown}
              query={query}
              wrap={look.wrap}
              pretty={look.pretty}
              nanos={look.nanos}
              narrow={narrow}
              find={wanted}
              target={target}
              below={live ? NOTHING : isReversed ? newer : older}
              above={live ? NOTHING : isReversed ? older : newer}
              onFilter={filter}
              onScrolled={setScrolled}
              ways={ways}
            />
          )}
        </div>
      </div>
    </>
  );
}

/** The line to go to: first the one that the address points at, then those that are found. */
function useTarget(lines: Lines, list: string): readonly [Target | undefined, (target: Target) => void] {
  const { line } = useExplore();
  const [target, setTarget] = useState<Target>();
  const [known, setKnown] = useState(list);
  const [pointed, setPointed] = useState<string>();
  if (known !== list) {
    setKnown(list);
    setTarget(undefined);
  }
  if (line !== undefined && line !== pointed && lines.size > 0) {
    const index = lineAt(lines, line, MOST_POINTED);
    setPointed(line);
    if (index >= 0) setTarget({ index, open: true });
  }
  return [target, setTarget];
}

/** Columns are in the address, and so is the line of a link: its range ends with the line, which is the first one then. */
function useLineWays(): LineWays {
  const explore = useExplore();
  const time = useTime();
  return useMemo(
    () => ({
      columns: explore.columns,
      onColumn: (name) => {
        const others = explore.columns.filter((one) => one !== name);
        explore.change({ cols: others.length < explore.columns.length ? others : [...others, name] });
      },
      onText: (text, wanted) =>
        explore.run(
          explore.queries.map((query) => `${query.trimEnd()} ${wanted ? "|=" : "!="} ${JSON.stringify(text)}`),
        ),
      linkOf: ({ ns, ms }) =>
        explore.linkTo({ line: ns }, absoluteRange({ from: Math.min(time.range.from, ms), to: Math.floor(ms) + 1 })),
    }),
    [explore, time.range],
  );
}

/** What the two ends of the list say and load: the rest of the range by itself, what lies beyond it on demand. */
function useEnds({ answer, lines, beyond, goBeyond, isPast }: ReturnType<typeof useLines>) {
  const { fetchNextPage, fetchPreviousPage } = answer;
  const onOlder = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const onNewer = useCallback(() => void fetchPreviousPage({ cancelRefetch: false }), [fetchPreviousPage]);
  const older: ListEnd = {
    hasMore: answer.hasNextPage,
    isLoading: answer.isFetchingNextPage,
    onMore: onOlder,
    foot: beyond.older ? (
      `${count(lines.size, "line")}; nothing older in the 30 days before this range`
    ) : (
      <>
        {count(lines.size, "line")}, all that matched in this range.{" "}
        <button type="button" className={styles.onward} onClick={() => goBeyond("older")} data-testid="older">
          Older lines
        </button>
      </>
    ),
  };
  const newer: ListEnd = {
    hasMore: answer.hasPreviousPage,
    isLoading: answer.isFetchingPreviousPage,
    onMore: onNewer,
    foot:
      isPast && !beyond.newer && !answer.hasPreviousPage ? (
        <button
          type="button"
          className={styles.onward}
          onClick={() => {
            goBeyond("newer");
            requestAnimationFrame(onNewer);
          }}
          data-testid="newer"
        >
          Newer lines, after this range
        </button>
      ) : null,
  };
  return { older, newer };
}
