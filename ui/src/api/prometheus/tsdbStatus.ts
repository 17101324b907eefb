// GET /api/v1/status/tsdb: which metrics and labels have the most series.
import { list, number, record, text } from "../decode";
import { getJson } from "../http";

export interface Count {
  readonly name: string;
  readonly value: number;
}

export interface TsdbStatus {
  readonly series: number | undefined;
  readonly byMetric: readonly Count[];
  readonly byLabel: readonly Count[];
  readonly byPair: readonly Count[];
  readonly memoryByLabel: readonly Count[];
}

export function decodeTsdbStatus(value: unknown): TsdbStatus {
  const data = record(record(value).data);
  const counts = (name: string) =>
    list(data[name]).map((one): Count => ({ name: text(record(one).name), value: number(record(one).value) ?? 0 }));
  return {
    series: number(record(data.headStats).numSeries),
    byMetric: counts("seriesCountByMetricName"),
    byLabel: counts("labelValueCountByLabelName"),
    byPair: counts("seriesCountByLabelValuePair"),
    memoryByLabel: counts("memoryInBytesByLabelName"),
  };
}

export async function fetchTsdbStatus(limit: number, signal?: AbortSignal): Promise<TsdbStatus> {
  return decodeTsdbStatus(await getJson("/api/v1/status/tsdb", { params: { limit }, signal }));
}
