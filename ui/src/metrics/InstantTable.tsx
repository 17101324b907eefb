// The values of now, one row a series, one column a label.
import type { Instant } from "../api/matrix";
import { count, short } from "../format/number";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import styles from "./metrics.module.css";
import type { useInstantQueries } from "./useMetricQueries";

/** A table beyond this cannot be read; the count tells how much there is. */
const MOST_ROWS = 1_000;

interface Props {
  queries: readonly string[];
  answers: ReturnType<typeof useInstantQueries>;
}

export function InstantTable({ queries, answers }: Props) {
  if (answers.some((one) => one.isLoading)) return <SkeletonRows rows={10} height={24} />;
  const failed = answers.find((one) => one.error !== null);
  const rows = answers.flatMap((one, index) =>
    (one.data?.value.rows ?? []).map((row) => ({ letter: String.fromCharCode(65 + index), row })),
  );
  if (rows.length === 0) {
    if (failed !== undefined) return <ErrorNotice error={failed.error} />;
    return <Notice title="No series now">Nothing matched at the end of the time range.</Notice>;
  }
  const columns = labelColumns(rows.map((one) => one.row));
  const isMany = queries.length > 1;
  return (
    <>
      {rows.length > MOST_ROWS && (
        <div className={styles.warning}>
          Showing {count(MOST_ROWS, "row")} of {count(rows.length, "row")}. Aggregate or add a matcher to see the rest.
        </div>
      )}
      <table className={styles.table} data-testid="instant-table">
        <thead>
          <tr>
            {isMany && <th>Query</th>}
            {columns.map((name) => (
              <th key={name}>{name === "__name__" ? "metric" : name}</th>
            ))}
            <th className={styles.number}>Value</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map(({ letter, row }) => (
            <tr key={`${letter} ${JSON.stringify(row.labels)}`}>
              {isMany && <td>{letter}</td>}
              {columns.map((name) => (
                <td key={name} title={row.labels[name]}>
                  {row.labels[name]}
                </td>
              ))}
              <td className={styles.number} title={String(row.value)}>
                {row.histogram ?? short(row.value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The metric name first, then labels by name. */
function labelColumns(rows: readonly Instant[]): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row.labels)));
  const isNamed = names.delete("__name__");
  return [...(isNamed ? ["__name__"] : []), ...[...names].sort()];
}
