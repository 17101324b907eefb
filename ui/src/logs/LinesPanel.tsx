// Volume on top, fields at the left, lines at the right. Live lines take the place of loaded ones while the tail runs.
import { useState } from "react";
import { useExplore } from "../explore/useExplore";
import { count } from "../format/number";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import type { LogEntry } from "./entry";
import { FieldsPanel } from "./FieldsPanel";
import type { Field } from "./fields";
import { addFilter } from "./filters";
import { LineList } from "./LineList";
import styles from "./logs.module.css";
import { MOST_LINES } from "./paging";
import type { useLines } from "./useLines";
import { useTail } from "./useTail";
import { VolumeChart } from "./VolumeChart";

interface Props {
  query: string;
  answer: ReturnType<typeof useLines>["answer"];
  entries: readonly LogEntry[];
  live: boolean;
  wrap: boolean;
  fields: boolean;
  width: number;
}

const TAIL_WORDS = {
  off: "",
  connecting: "Connecting to the tail",
  open: "Live",
  closed: "The server closed the tail. Stop and start it to go on.",
  failed: "The tail could not be opened. The server may not offer it, or refused the query.",
} as const;

export function LinesPanel({ query, answer, entries, live, wrap, fields, width }: Props) {
  const explore = useExplore();
  const [scrolled, setScrolled] = useState(false);
  const tail = useTail(query, live, scrolled);
  const shown = live ? tail.entries : entries;
  const filter = (field: Field, wanted: boolean) => explore.run([addFilter(query, field, wanted)]);

  return (
    <>
      {!live && <VolumeChart query={query} width={width} />}
      {live && (
        <div className={styles.tail} data-state={tail.state} data-testid="tail-state" aria-live="polite">
          {TAIL_WORDS[tail.state]}
          {tail.waiting > 0 && `, ${tail.waiting} waiting: scroll to the top to see them`}
        </div>
      )}
      <div className={styles.body}>
        {fields && shown.length > 0 && <FieldsPanel entries={shown} onFilter={filter} />}
        <div className={styles.lines}>
          {answer.isLoading && !live && <SkeletonRows rows={16} height={20} />}
          {!live && answer.isSuccess && shown.length === 0 && (
            <Notice title="No lines in this range">
              The query is valid, but no line matched. Widen the time range, or remove a filter.
            </Notice>
          )}
          {live && shown.length === 0 && tail.state === "open" && <Notice title="Waiting for the first line" />}
          {shown.length > 0 && (
            <LineList
              entries={shown}
              query={query}
              wrap={wrap}
              footer={live ? "" : endWords(shown.length)}
              onFilter={filter}
              onScrolled={setScrolled}
              isLoadingMore={!live && answer.isFetchingNextPage}
              hasMore={!live && answer.hasNextPage}
              onMore={() => {
                if (!answer.isFetchingNextPage && answer.hasNextPage) void answer.fetchNextPage();
              }}
            />
          )}
        </div>
      </div>
    </>
  );
}

function endWords(size: number): string {
  if (size >= MOST_LINES)
    return `The newest ${count(size, "line")}. Narrow the range or add a filter to see older ones.`;
  return `${count(size, "line")}, all that matched in this range`;
}
