// Stored annotations, the newest first; a click shows the dashboard around that moment.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queryAnnotations } from "../../../api/dashboards/annotations";
import { number, texts } from "../../../api/decode";
import { absolute, absoluteRange } from "../../../time/range";
import { useTime } from "../../../time/TimeContext";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { useDashboard } from "../../page/DashboardContext";
import { interpolate } from "../../variables/interpolate";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";

const USUAL_LIMIT = 10;
const MOST_LIMIT = 500;
/** Shown around a moment, milliseconds: half an hour. */
const AROUND_MS = 1_800_000;

export function AnnoListPanel({ panel, range, lookup }: PanelProps) {
  const { dashboard } = useDashboard();
  const { now } = useTime();
  const { options } = panel;
  const tags = texts(options.tags).map((one) => interpolate(one, lookup, "plain"));
  const isOwn = options.onlyFromThisDashboard === true;
  const limit = Math.min(MOST_LIMIT, number(options.limit) ?? USUAL_LIMIT);
  const isInRange = options.onlyInTimeRange === true;
  const found = useQuery({
    queryKey: ["annotations", "list", isOwn ? dashboard.uid : "", tags, limit, isInRange ? range : "all", now],
    queryFn: ({ signal }) =>
      queryAnnotations(
        {
          ...(isInRange ? range : {}),
          dashboardUid: isOwn ? dashboard.uid : undefined,
          tags,
          limit,
        },
        signal,
      ),
    placeholderData: (before) => before,
  });
  if (found.error !== null) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return null;
  if (found.data.length === 0) return <NoData text="No annotations" />;
  return (
    <ul className={styles.list} data-testid="panel-annotations">
      {found.data.map((one) => {
        const { from, to } = absoluteRange({ from: one.time - AROUND_MS, to: one.timeEnd + AROUND_MS });
        return (
          <li key={one.id}>
            <Link
              to="/d/$uid"
              params={{ uid: one.dashboardUid === "" ? dashboard.uid : one.dashboardUid }}
              search={(old) => ({ ...old, from, to, viewPanel: undefined, editPanel: undefined })}
              className={styles.listRow}
            >
              <span className={styles.listText}>{one.text}</span>
              {options.showTags !== false && one.tags.length > 0 && (
                <span className={styles.listNote}>{one.tags.join(", ")}</span>
              )}
              {options.showTime !== false && <time className={styles.listNote}>{absolute(one.time)}</time>}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
