// Names that hold all the words, those of histograms' parts once; their order; families of names, and names that are near to one. Pure.
import { groupMetrics } from "../metrics/metricGroups";
import type { Order } from "./search";

/** A histogram is shown by its buckets: its sum and its count say no more in a small chart. */
export function findNames(names: readonly string[], wanted: string): string[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const all = new Set(names);
  return names.filter((name) => {
    const low = name.toLowerCase();
    if (!words.every((word) => low.includes(word))) return false;
    const base = /^(.+)_(?:sum|count)$/.exec(name)?.[1];
    return base === undefined || !all.has(`${base}_bucket`);
  });
}

/** Names in another order than theirs; of names that are not counted the last are known to have the fewest. */
export function inOrder(
  names: readonly string[],
  order: Order | undefined,
  counts: ReadonlyMap<string, number>,
): string[] {
  if (order === "reverse") return [...names].reverse();
  if (order === undefined) return [...names];
  return [...names].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}

/** The largest families of the names, by what they begin with. */
export function families(names: readonly string[], most: number): { prefix: string; count: number }[] {
  return groupMetrics(names, "")
    .filter((one) => one.names.length > 1)
    .map(({ prefix, names: all }) => ({ prefix: `${prefix}_`, count: all.length }))
    .sort((a, b) => b.count - a.count || a.prefix.localeCompare(b.prefix))
    .slice(0, most);
}

/** Names that share most words with this one from their beginning on, the nearest first. */
export function relatedNames(names: readonly string[], of: string, most: number): string[] {
  const words = of.split("_");
  const near = (name: string) => {
    const others = name.split("_");
    const at = words.findIndex((word, index) => word !== others[index]);
    return at < 0 ? words.length : at;
  };
  return findNames(names, "")
    .filter((name) => name !== of)
    .map((name) => ({ name, shared: near(name) }))
    .filter((one) => one.shared > 0)
    .sort((a, b) => b.shared - a.shared || a.name.localeCompare(b.name))
    .slice(0, most)
    .map((one) => one.name);
}
