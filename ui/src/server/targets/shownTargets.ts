// Which targets are listed: by health, and by words of their job, address, labels and error. Pure.
import type { Dropped, Target } from "../../api/prometheus/targets";

export const HEALTHS = ["all", "down", "up", "dropped"] as const;
export type Health = (typeof HEALTHS)[number];

export function shownTargets(targets: readonly Target[], health: Health, find: string): Target[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  return targets
    .filter((one) => health === "all" || (one.health === "up") === (health === "up"))
    .filter((one) => holds([one.job, one.url, one.error, ...pairsOf(one.labels)], words))
    .sort(byNeed);
}

export function shownDropped(dropped: readonly Dropped[], find: string): Dropped[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  return dropped.filter((one) => holds([one.job, ...pairsOf(one.discovered)], words));
}

const pairsOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([name, value]) => `${name}="${value}"`);

function holds(texts: readonly string[], words: readonly string[]): boolean {
  const all = texts.join("\n").toLowerCase();
  return words.every((word) => all.includes(word));
}

/** Those that are not up come first: they are why one looks here. */
function byNeed(a: Target, b: Target): number {
  return (
    Number(a.health === "up") - Number(b.health === "up") || `${a.job} ${a.url}`.localeCompare(`${b.job} ${b.url}`)
  );
}
