// What the server computes now, with a way to stop it, and what took long before.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../api/http";
import { cancelQuery, fetchQueries, type ServerQuery } from "../api/oriel/queries";
import { ago, bytes, count, duration, whole } from "../format/number";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { Toggle } from "../ui/Toggle";
import styles from "./server.module.css";

/** Queries are over within seconds: a slower look would miss them. */
const POLL_MS = 1_000;

export function Queries() {
  const client = useQueryClient();
  const answer = useQuery({
    queryKey: ["server-queries"],
    queryFn: ({ signal }) => fetchQueries(signal),
    refetchInterval: (query) => (query.state.error === null ? POLL_MS : false),
  });
  const cancel = useMutation({
    mutationFn: cancelQuery,
    // A query that has ended meanwhile is as good as canceled.
    onError: () => undefined,
    onSettled: () => client.invalidateQueries({ queryKey: ["server-queries"] }),
  });
  if (answer.error instanceof ApiError && answer.error.status === 404) {
    return <Notice title="This server does not list its queries">A newer Oriel does.</Notice>;
  }
  if (answer.data === undefined) {
    if (answer.error === null) return <SkeletonRows rows={6} />;
    return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  }
  const { running, slow } = answer.data;
  const longestFirst = [...running].sort((a, b) => b.seconds - a.seconds);
  return (
    <>
      <h2 className={styles.heading}>
        {running.length === 0 ? "Running now" : `${count(running.length, "query", "queries")} now`}
      </h2>
      {running.length === 0 ? (
        <p className={styles.lead}>
          None. A query that takes longer than a second is listed here, and can be cancelled.
        </p>
      ) : (
        <QueryTable
          queries={longestFirst}
          testId="running"
          last={(one) => (
            <Toggle icon="close" label="Cancel" disabled={cancel.isPending} onClick={() => cancel.mutate(one.id)} />
          )}
        />
      )}
      <h2 className={`${styles.heading} ${styles.section}`}>Slow queries, the newest first</h2>
      {slow.length === 0 ? (
        <p className={styles.lead}>None took a second since the start of the server.</p>
      ) : (
        <QueryTable queries={slow} testId="slow" last={(one) => <Outcome text={one.outcome} />} />
      )}
    </>
  );
}

function Outcome({ text }: { text: string }) {
  return <span className={text === "ok" ? styles.muted : styles.bad}>{text}</span>;
}

interface TableProps {
  queries: readonly ServerQuery[];
  last: (one: ServerQuery) => React.ReactNode;
  testId: string;
}

function QueryTable({ queries, last, testId }: TableProps) {
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid={testId}>
        <thead>
          <tr>
            <th>Query</th>
            <th>Kind</th>
            <th className={styles.right}>Range</th>
            <th className={styles.right}>Began</th>
            <th className={styles.right}>Took</th>
            <th className={styles.right}>Rows</th>
            <th className={styles.right}>Read</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {queries.map((one) => (
            <tr key={one.id}>
              <td className={styles.query}>
                <Link
                  to="/explore"
                  search={(old) => ({
                    tenant: old.tenant,
                    from: String(one.start),
                    to: String(Math.max(one.end, one.start + 1)),
                    signal: one.signal,
                    q: [one.query],
                  })}
                  title={one.query}
                >
                  {one.query}
                </Link>
              </td>
              <td>
                {one.signal}, {one.kind}
                {one.waiting && ", waits for its turn"}
              </td>
              <td className={styles.right}>{duration(Math.max(0, one.end - one.start) * 1e6)}</td>
              <td className={styles.right}>{ago(one.began, Date.now())}</td>
              <td className={styles.right}>{duration(one.seconds * 1e9)}</td>
              <td className={styles.right}>{whole(one.rows)}</td>
              <td className={styles.right}>{bytes(one.bytes)}</td>
              <td>{last(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
