// GET /api/v1/alerts: alerts that wait or fire.
import { type Labels, labels, list, record, text } from "../decode";
import { getJson } from "../http";

export interface Alert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: string;
  /** RFC 3339. */
  readonly activeAt: string;
  readonly value: string;
}

export async function queryAlerts(signal?: AbortSignal): Promise<Alert[]> {
  const answer = record(await getJson("/api/v1/alerts", { signal }));
  return list(record(answer.data).alerts).map((one) => {
    const alert = record(one);
    return {
      labels: labels(alert.labels),
      annotations: labels(alert.annotations),
      state: text(alert.state),
      activeAt: text(alert.activeAt),
      value: text(alert.value),
    };
  });
}
