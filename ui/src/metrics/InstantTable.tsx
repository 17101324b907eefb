// The values of now, one row a series, one column a label; sorted by any of them, narrowed by what stands in a cell.
import { useState } from "react";
import type { Instant } from "../api/matrix";
import { letterOf } from "../explore/rows";
import { count, short } from "../format/number";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { LETTER, nextSort, type Sort, sortInstants, VALUE } from "./instantSort";
import styles from "./metrics.module.css";
import type { Answer } from "./useMetricQueries";

/** A table beyond this cannot be read; the count tells how much there is. */
const MOST_ROWS = 1_000;

interface Props {
  queries: readonly string[];
  answers: readonly Answer<{ readonly rows: readonly Instant[] }>[];
  /** Narrows the queries by a label, where they can be. */
  onFilter?: (name: string, value: string, wanted: boolean) => void;
}

export function InstantTable({ queries, answers, onFilter }: Props) {
  const [sort, setSort] = useState<Sort>();
  if (answers.some((one) => one.isLoading)) return <SkeletonRows rows={10} height={24} />;
  const failed = answers.find((one) => one.error !== null);
  const rows = answers.flatMap((one, index) =>
    (one.data?.value.rows ?? []).map((row) => ({ letter: letterOf(index), row })),
  );
  if (rows.length === 0) {
    if (failed !== undefined) return <ErrorNotice error={failed.error} />;
    return <Notice title="No series now">Nothing matched at the end of the time range.</Notice>;
  }
  const columns = labelColumns(rows.map((one) => one.row));
  const isMany = queries.length > 1;
  const sorted = sortInstants(rows, sort);
  const head = (by: string, words: string, className?: string) => {
    const isSorted = sort?.by === by;
    return (
      <th key={by} className={className} aria-sort={isSorted ? (sort.down ? "descending" : "ascending") : undefined}>
        <button type="button" onClick={() => setSort(nextSort(sort, by))}>
          {words}
          {isSorted ? (sort.down ? " ↓" : " ↑") : ""}
        </button>
      </th>
    );
  };
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
            {isMany && head(LETTER, "Query")}
            {columns.map((name) => head(name, name === "__name__" ? "metric" : name))}
            {head(VALUE, "Value", styles.number)}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, MOST_ROWS).map(({ letter, row }) => (
            <tr key={`${letter} ${JSON.stringify(row.labels)}`}>
              {isMany && <td>{letter}</td>}
              {columns.map((name) => (
                <LabelCell key={name} name={name} value={row.labels[name]} onFilter={onFilter} />
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

interface CellProps {
  name: string;
  value: string | undefined;
  onFilter: Props["onFilter"] | undefined;
}

function LabelCell({ name, value, onFilter }: CellProps) {
  if (value === undefined || name === "__name__" || onFilter === undefined) return <td title={value}>{value}</td>;
  // One plain button a cell: a thousand rows have many.
  return (
    <td>
      <button
        type="button"
        className={styles.cell}
        title={`Only ${name} ${value}; with Ctrl all others. Again to take the filter away.`}
        onClick={(event) => onFilter(name, value, !(event.ctrlKey || event.metaKey))}
      >
        {value}
      </button>
    </td>
  );
}

/** The metric name first, then labels by name. */
function labelColumns(rows: readonly Instant[]): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row.labels)));
  const isNamed = names.delete("__name__");
  return [...(isNamed ? ["__name__"] : []), ...[...names].sort()];
}
