// The shapes that lines have, most frequent first; each can be kept or left out.
import { useQuery } from "@tanstack/react-query";
import { patterns } from "../../api/loki/detected";
import { levelColor } from "../../charts/palette";
import { Spark } from "../../charts/Spark";
import { whole } from "../../format/number";
import { levelOfName } from "../../logs/entry";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import { linesQuery } from "../queries";
import { useDrilldown } from "../useDrilldown";
import { stepFor, TILE_PX } from "../useFrame";

const SPARK_PX = 28;
const MOST = 200;

/** Patterns are mined from whole streams: filters of labels hold, those of fields and patterns do not. */
export function Patterns({ label, service }: { label: string; service: string }) {
  const { toggle, filters } = useDrilldown();
  const labels = filters.filter((one) => one.kind === "label");
  const query = linesQuery(label, service, labels);
  const { range, now } = useTime();
  const answer = useQuery({
    queryKey: ["patterns", query, range.from, range.to, now],
    queryFn: ({ signal }) => patterns(query, range, stepFor("logs", range, TILE_PX), signal),
    placeholderData: (before) => before,
  });
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={10} height={32} />;
  if (answer.data.length === 0) return <Notice title="No patterns in this range" />;
  const left = new Set(filters.flatMap((one) => (one.kind === "pattern" && !one.wanted ? [one.value] : [])));
  const all = answer.data.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      {labels.length < filters.length && (
        <p className={styles.lead}>Patterns are those of whole streams: only filters by labels narrow them.</p>
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
