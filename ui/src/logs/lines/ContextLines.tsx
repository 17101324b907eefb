// What the same stream said just before and after a line. The page's query and range stay as they are.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { addNanos } from "../../api/loki/nanos";
import { queryLines, type RawEntry } from "../../api/loki/query";
import { absolute } from "../../time/range";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import { type LogEntry, levelOf } from "../entry";
import { plainText, selectorOf } from "../filters";
import styles from "../logs.module.css";
import { linesAround } from "./context";

const FIRST_LINES = 10;
const MORE_TIMES = 4;
/** More than anyone reads around one line; the button beside this one leads to all of them. */
const MOST_LINES = 640;
/** A stream that was silent for longer has no context. */
const REACH_NS = 86_400e9;
/** The answer may hold the line itself and others of its nanosecond. */
const SPARE = 20;

export function ContextLines({ entry }: { entry: LogEntry }) {
  const [most, setMost] = useState(FIRST_LINES);
  const answer = useQuery({
    queryKey: ["context", entry.key, most],
    queryFn: async ({ signal }) => {
      const query = selectorOf(entry.stream);
      const limit = most + SPARE;
      const [older, newer] = await Promise.all([
        queryLines({ query, start: addNanos(entry.ns, -REACH_NS), end: entry.ns, limit }, signal),
        queryLines({ query, start: entry.ns, end: addNanos(entry.ns, REACH_NS), limit, direction: "forward" }, signal),
      ]);
      return linesAround(entry, older.entries, newer.entries, most);
    },
    placeholderData: (before) => before,
  });
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={6} height={20} />;
  const { before, after } = answer.data;
  const hasMore = most < MOST_LINES && (before.length >= most || after.length >= most);
  return (
    <div className={styles.context} data-testid="context-lines">
      {before.length === 0 && <div className={styles.contextEnd}>Nothing came before it in this stream</div>}
      {before.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal lines of one nanosecond are alike
        <ContextLine key={`${one.ns}/${index}`} one={one} />
      ))}
      <div className={styles.contextLine} data-own="true">
        <span className={styles.levelBar} style={{ background: `var(--level-${entry.level})` }} />
        <span className={styles.time}>{absolute(entry.ms)}</span>
        <span>{plainText(entry.line)}</span>
      </div>
      {after.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal lines of one nanosecond are alike
        <ContextLine key={`${one.ns}/${index}`} one={one} />
      ))}
      {after.length === 0 && <div className={styles.contextEnd}>Nothing has come after it yet</div>}
      {hasMore && (
        <button type="button" className={styles.contextMore} onClick={() => setMost(most * MORE_TIMES)}>
          Show more on both sides
        </button>
      )}
    </div>
  );
}

function ContextLine({ one }: { one: RawEntry }) {
  const level = levelOf(one);
  return (
    <div className={styles.contextLine}>
      <span className={styles.levelBar} style={{ background: `var(--level-${level})` }} title={level} />
      <span className={styles.time}>{absolute(Number(one.ns.slice(0, -6)))}</span>
      <span>{plainText(one.line)}</span>
    </div>
  );
}
