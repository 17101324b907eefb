// Alerts that wait or fire, out of the rules that this server evaluates. Without rules there are none, and it is said.
import { useQuery } from "@tanstack/react-query";
import { number, record, text } from "../../../api/decode";
import { type Alert, queryAlerts } from "../../../api/prometheus/alerts";
import { absolute } from "../../../time/range";
import { useTime } from "../../../time/TimeContext";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { interpolate } from "../../variables/interpolate";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";

const USUAL_ITEMS = 20;
const MOST_ITEMS = 500;

export function AlertListPanel({ panel, lookup }: PanelProps) {
  const { now } = useTime();
  const { options } = panel;
  const found = useQuery({
    queryKey: ["alerts", now],
    queryFn: ({ signal }) => queryAlerts(signal),
    placeholderData: (before) => before,
  });
  if (found.error !== null) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return null;
  const wanted = record(options.stateFilter);
  const words = interpolate(text(options.alertName), lookup, "plain").toLowerCase();
  const shown = found.data
    .filter((one) => wanted[one.state] !== false && nameOf(one).toLowerCase().includes(words))
    .slice(0, Math.min(MOST_ITEMS, number(options.maxItems) ?? USUAL_ITEMS));
  if (shown.length === 0) {
    return <NoData text={found.data.length === 0 ? "No alert waits or fires." : "No alert of this choice"} />;
  }
  return (
    <ul className={styles.list} data-testid="panel-alerts">
      {shown.map((one) => (
        <li key={JSON.stringify(one.labels)} className={styles.listRow}>
          <span className={styles.alertState} data-state={one.state}>
            {one.state}
          </span>
          <span className={styles.listText}>
            {nameOf(one)}
            {one.annotations.summary !== undefined && <span> · {one.annotations.summary}</span>}
          </span>
          <span className={styles.listNote}>{rest(one)}</span>
          <time className={styles.listNote}>{absolute(Date.parse(one.activeAt))}</time>
        </li>
      ))}
    </ul>
  );
}

function nameOf(one: Alert): string {
  return one.labels.alertname ?? "Alert";
}

function rest(one: Alert): string {
  return Object.entries(one.labels)
    .filter(([name]) => name !== "alertname" && name !== "severity")
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
