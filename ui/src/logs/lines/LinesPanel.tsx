// Volume on top, fields at the left, lines at the right. Live lines take the place of loaded ones while the tail runs.
import { useCallback, useMemo, useState } from "react";
import { useExplore } from "../../explore/useExplore";
import { count } from "../../format/number";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { FieldsPanel } from "../FieldsPanel";
import type { Field } from "../fields";
import { addFilter } from "../filters";
import styles from "../logs.module.css";
import type { useLines } from "../useLines";
import { useTail } from "../useTail";
import { VolumeChart } from "../VolumeChart";
import { type Dedupe, dedupe } from "./dedupe";
import { LineList, type ListEnd } from "./LineList";
import { linesOfEntries } from "./lines";

export interface LinesLook {
  readonly wrap: boolean;
  readonly pretty: boolean;
  readonly fields: boolean;
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

const TAIL_WORDS = {
  off: "",
  connecting: "Connecting to the tail",
  open: "Live",
  closed: "The server closed the tail. Stop and start it to go on.",
  failed: "The tail could not be opened. The server may not offer it, or refused the query.",
} as const;

const NOTHING: ListEnd = { hasMore: false, isLoading: false, onMore: () => undefined, foot: null };

export function LinesPanel({ query, loaded, live, look, width }: Props) {
  const explore = useExplore();
  const [scrolled, setScrolled] = useState(false);
  const tail = useTail(query, live, scrolled);
  const tailed = useMemo(() => linesOfEntries(tail.entries), [tail.entries]);
  const all = live ? tailed : loaded.lines;
  const shown = useMemo(() => dedupe(all, look.dedupe), [all, look.dedupe]);
  const filter = (field: Field, wanted: boolean) => explore.run([addFilter(query, field, wanted)]);
  const { answer } = loaded;
  const ends = useEnds(loaded);
  const narrow = isNarrow(width);

  return (
    <>
      {!live && !(loaded.answer.isSuccess && all.size === 0) && <VolumeChart query={query} width={width} />}
      {live && (
        <div className={styles.tail} data-state={tail.state} data-testid="tail-state" aria-live="polite">
          {TAIL_WORDS[tail.state]}
          {tail.waiting > 0 && `, ${tail.waiting} waiting: scroll to the top to see them`}
        </div>
      )}
      <div className={styles.body}>
        {look.fields && !narrow && all.size > 0 && <FieldsPanel lines={all} onFilter={filter} />}
        <div className={styles.lines}>
          {answer.isLoading && !live && <SkeletonRows rows={16} height={20} />}
          {!live && answer.isSuccess && all.size === 0 && (
            <Notice title="No lines in this range">
              The query is valid, but no line matched. Widen the time range, or remove a filter.
            </Notice>
          )}
          {live && all.size === 0 && tail.state === "open" && <Notice title="Waiting for the first line" />}
          {all.size > 0 && (
            <LineList
              // Other lines altogether start at the top; more lines of the same do not.
              key={`${live} ${query}`}
              lines={shown}
              query={query}
              wrap={look.wrap}
              pretty={look.pretty}
              narrow={narrow}
              older={live ? NOTHING : ends.older}
              newer={live ? NOTHING : ends.newer}
              onFilter={filter}
              onScrolled={setScrolled}
            />
          )}
        </div>
      </div>
    </>
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
      isPast && !beyond.newer ? (
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
