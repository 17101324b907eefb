// Attribute by attribute: the share of each value among the chosen spans beside its share among all others.
import { useMemo } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import type { Filter } from "../filters";
import { compareQuery, spanQuery } from "../queries";
import type { Measure } from "../search";
import { useDrilldown } from "../useDrilldown";
import { useFrame } from "../useFrame";
import { type Difference, differences } from "./compare";

const MOST_ATTRIBUTES = 30;
const MOST_VALUES = 6;
/** Shares come from whole sums: few points are enough. */
const WIDTH_PX = 100;

interface Props {
  measure: Measure;
  filters: readonly Filter[];
}

export function Comparison({ measure, filters }: Props) {
  const { toggle } = useDrilldown();
  const isSlow = measure === "duration";
  const quantiles = useFrame("traces", isSlow ? spanQuery("duration", filters) : "", isSlow, WIDTH_PX);
  const slow = useMemo(() => slowest(quantiles.data?.series.map((one) => one.values) ?? []), [quantiles.data]);
  const isReady = !isSlow || slow !== undefined;
  const answer = useFrame("traces", isReady ? compareQuery(measure, filters, slow ?? "1s") : "", isReady, WIDTH_PX);
  const found = useMemo(() => (answer.data === undefined ? undefined : differences(answer.data)), [answer.data]);
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (found === undefined) return <SkeletonRows rows={8} height={40} />;
  if (found.length === 0) {
    return (
      <Notice title={isSlow ? "No span is slow" : "No span failed"}>There is nothing to compare in this range.</Notice>
    );
  }
  return (
    <>
      <p className={styles.lead}>
        <span className={styles.chosenKey} /> {isSlow ? `spans over ${slow}` : "failed spans"}
        <span className={styles.othersKey} /> all others. What differs most comes first.
      </p>
      <div className={styles.compared} data-testid="comparison">
        {found.slice(0, MOST_ATTRIBUTES).map((attribute) => (
          <section key={attribute.name} className={styles.attribute} aria-label={attribute.name}>
            <h3 className={styles.attributeName}>{attribute.name}</h3>
            {attribute.values
              .filter(isSeen)
              .slice(0, MOST_VALUES)
              .map(({ name, value, selected, others }) => (
                <div key={value} className={styles.difference}>
                  <span className={styles.differenceValue} title={value}>
                    {value === "" ? '""' : value}
                  </span>
                  <span
                    className={styles.bars}
                    title={`${share(selected)} of the chosen spans, ${share(others)} of the others`}
                  >
                    <span className={styles.chosen} style={{ width: `${selected * 100}%` }} />
                    <span className={styles.others} style={{ width: `${others * 100}%` }} />
                  </span>
                  <span className={styles.shares}>{share(selected)}</span>
                  <span className={styles.shares}>{share(others)}</span>
                  <IconButton
                    icon="plus"
                    size={20}
                    label={`Only ${value}`}
                    onClick={() => toggle({ kind: "label", name, value, wanted: true })}
                  />
                </div>
              ))}
          </section>
        ))}
      </div>
    </>
  );
}

/** Values that round to nothing on both sides say nothing. */
function isSeen({ selected, others }: Difference): boolean {
  return Math.max(selected, others) >= 0.005;
}

function share(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** The middle of the 90th percentile over the range, as a duration of the language. */
function slowest(columns: readonly (readonly (number | null)[])[]): string | undefined {
  const numbers = (columns[1] ?? []).filter((one): one is number => one !== null && one > 0).sort((a, b) => a - b);
  const middle = numbers[Math.floor(numbers.length / 2)];
  return middle === undefined ? undefined : `${Math.max(1, Math.round(middle * 1e6))}us`;
}
