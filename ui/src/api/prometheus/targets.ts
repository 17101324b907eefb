// GET /api/v1/targets: what is scraped, and how the last scrape of each went.
import { type Labels, labels, list, number, record, text } from "../decode";
import { getJson } from "../http";

export interface Target {
  readonly job: string;
  readonly url: string;
  readonly health: string;
  readonly error: string;
  /** ISO text. */
  readonly lastScrape: string;
  readonly seconds: number | undefined;
  readonly labels: Labels;
}

export function decodeTargets(value: unknown): Target[] {
  return list(record(record(value).data).activeTargets).map((one): Target => {
    const target = record(one);
    const own = labels(target.labels);
    return {
      job: text(target.scrapePool) || (own.job ?? ""),
      url: text(target.scrapeUrl),
      health: text(target.health, "unknown"),
      error: text(target.lastError),
      lastScrape: text(target.lastScrape),
      seconds: number(target.lastScrapeDuration),
      labels: own,
    };
  });
}

export async function fetchTargets(signal?: AbortSignal): Promise<Target[]> {
  return decodeTargets(await getJson("/api/v1/targets", { params: { state: "active" }, signal }));
}
