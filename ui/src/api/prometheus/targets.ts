// GET /api/v1/targets: what is scraped, how the last scrape of each went, and how its labels came to be.
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
  /** As discovery named it, before relabelling. */
  readonly discovered: Labels;
  /** Such as `15s`. */
  readonly interval: string;
  readonly timeout: string;
}

/** A target that relabelling drops. */
export interface Dropped {
  readonly job: string;
  readonly discovered: Labels;
}

export interface Targets {
  readonly active: readonly Target[];
  /** The first ones of each job. */
  readonly dropped: readonly Dropped[];
  readonly droppedCount: number;
}

/** What one rule of relabelling made of the labels. */
export interface RelabelStep {
  /** The rule in short, as configured. */
  readonly rule: string;
  readonly output: Labels;
  readonly keep: boolean;
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
      discovered: labels(target.discoveredLabels),
      interval: text(target.scrapeInterval),
      timeout: text(target.scrapeTimeout),
    };
  });
}

export function decodeDropped(value: unknown): Pick<Targets, "dropped" | "droppedCount"> {
  const data = record(record(value).data);
  const dropped = list(data.droppedTargets).map((one) => ({
    job: text(record(one).scrapePool),
    discovered: labels(record(one).discoveredLabels),
  }));
  const counts = Object.values(record(data.droppedTargetCounts)).map((one) => number(one) ?? 0);
  return {
    dropped,
    droppedCount: Math.max(
      dropped.length,
      counts.reduce((sum, one) => sum + one, 0),
    ),
  };
}

export function decodeSteps(value: unknown): RelabelStep[] {
  return list(record(record(value).data).steps).map((one): RelabelStep => {
    const { rule, output, keep } = record(one);
    const words = Object.entries(record(rule)).map(
      ([name, setting]) => `${name}: ${typeof setting === "string" ? setting : JSON.stringify(setting)}`,
    );
    return { rule: words.join(", "), output: labels(output), keep: keep !== false };
  });
}

/** How the rules of the job made the labels of a target, one step after the other. */
export async function relabelSteps(job: string, discovered: Labels, signal?: AbortSignal): Promise<RelabelStep[]> {
  const params = { scrapePool: job, labels: JSON.stringify(discovered) };
  return decodeSteps(await getJson("/api/v1/targets/relabel_steps", { params, signal }));
}

export async function fetchTargets(signal?: AbortSignal): Promise<Targets> {
  const answer = await getJson("/api/v1/targets", { params: { state: "any" }, signal });
  return { active: decodeTargets(answer), ...decodeDropped(answer) };
}
