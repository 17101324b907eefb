// A query from the outside in: what each part does, how many series it has now, and how long it took to count them.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { queryInstant } from "../../api/prometheus/query";
import { useExplore } from "../../explore/useExplore";
import { count, duration } from "../../format/number";
import { fillIntervals } from "../../time/step";
import { useTime } from "../../time/TimeContext";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { timed } from "../../ui/timed";
import styles from "../metrics.module.css";
import { explain, flatten } from "./explain";

/** Each part is a query; more than this says less, not more. */
const MOST_COUNTED = 40;
/** What `$__interval` means here, where there is no chart: a usual step. */
const STEP_MS = 60_000;

export function ExplainTree({ query }: { query: string }) {
  const { range, now } = useTime();
  const explore = useExplore();
  const rows = useMemo(() => {
    const root = explain(fillIntervals(query, range, STEP_MS));
    return root === undefined ? undefined : flatten(root);
  }, [query, range]);
  const answers = useQueries({
    queries: (rows ?? []).map(({ part }, index) => ({
      queryKey: ["explain", part.counted, range.to, now],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        timed(async () => (await queryInstant(`count(${part.counted})`, range.to, signal)).rows[0]?.value ?? 0),
      enabled: part.counted !== undefined && index < MOST_COUNTED,
      // What is no set of series cannot be counted; the query above says what is wrong with the whole.
      retry: false,
    })),
  });
  if (rows === undefined) {
    return <Notice title="This text is not a query">What is wrong with it stands below its editor.</Notice>;
  }
  const most = Math.max(1, ...answers.map((one) => one.data?.value ?? 0));
  return (
    <ol className={styles.tree} data-testid="explain">
      {rows.map(({ part, depth }, index) => {
        const counted = answers[index]?.data;
        return (
          <li key={`${part.from} ${part.text}`} className={styles.branch} style={{ paddingLeft: 12 + depth * 20 }}>
            <div className={styles.branchText}>
              <span className={styles.branchSays}>{part.says}</span>
              <code title={part.text}>{part.text}</code>
            </div>
            <span className={styles.branchTrack}>
              {counted !== undefined && (
                <span className={styles.branchBar} style={{ width: `${(counted.value / most) * 100}%` }} />
              )}
            </span>
            <span className={styles.branchCount} data-testid="explain-count" data-none={counted?.value === 0}>
              {counted !== undefined && (
                <>
                  {count(counted.value, "series", "series")}
                  <span className={styles.branchMs}>{duration(counted.ms * 1e6)}</span>
                </>
              )}
            </span>
            {part.counted === undefined ? (
              <span className={styles.branchGap} />
            ) : (
              <IconButton
                icon="columns"
                size={24}
                label="Chart this part beside"
                onClick={() => explore.beside({ signal: "metrics", q: [part.counted ?? ""] })}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}
