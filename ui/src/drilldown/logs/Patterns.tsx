// The shapes that lines have, most frequent first; each can be kept or left out.
import { levelColor } from "../../charts/colors/palette";
import { Spark } from "../../charts/Spark";
import { whole } from "../../format/number";
import { levelOfName } from "../../logs/entry";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import { useDrilldown } from "../useDrilldown";
import { MOST_COUNTED, usePatterns } from "./usePatterns";

const SPARK_PX = 28;
const MOST = 200;

export function Patterns({ label, service }: { label: string; service: string }) {
  const { toggle, filters } = useDrilldown();
  const { isNarrowed, answer } = usePatterns(label, service, filters);
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={10} height={32} />;
  if (answer.data.length === 0)
    return <Notice title="No patterns in this range">Take a filter away, or widen the range.</Notice>;
  const left = new Set(filters.flatMap((one) => (one.kind === "pattern" && !one.wanted ? [one.value] : [])));
  const all = answer.data.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      {isNarrowed && (
        <p className={styles.lead}>
          The {MOST_COUNTED} most frequent patterns of the streams, counted among the lines that the filters leave.
        </p>
      )}
      <table className={styles.patterns} data-testid="patterns">
        <thead>
          <tr>
            <th>Over time</th>
            <th className={styles.right}>Lines</th>
            <th className={styles.right}>Share</th>
            <th>Pattern</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {answer.data.slice(0, MOST).map((one) => {
            const filter = (wanted: boolean) => () =>
              toggle({ kind: "pattern", name: "pattern", value: one.text, wanted });
            return (
              <tr key={`${one.level} ${one.text}`} data-left={left.has(one.text)}>
                <td className={styles.spark}>
                  <Spark
                    values={one.samples.map(([, lines]) => lines)}
                    color={levelColor(levelOfName(one.level) ?? "unknown")}
                    height={SPARK_PX}
                  />
                </td>
                <td className={styles.right}>{whole(one.count)}</td>
                <td className={styles.right}>{Math.round((one.count / all) * 100)} %</td>
                <td className={styles.pattern}>{one.text}</td>
                <td className={styles.patternTools}>
                  <IconButton icon="plus" size={22} label="Only lines like this" onClick={filter(true)} />
                  <IconButton icon="minus" size={22} label="No lines like this" onClick={filter(false)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
