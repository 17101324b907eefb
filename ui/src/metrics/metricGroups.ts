// Metric names in families, and the query one most likely wants of a metric. Pure.

export interface MetricGroup {
  readonly prefix: string;
  readonly names: readonly string[];
}

/** Families that stay apart when a prefix holds more than this. */
const MOST_IN_FAMILY = 40;
/** More names than this make the page slow, and nobody reads them. */
const MOST_SHOWN = 2_000;

/** By the first word, or the first two where a family is large; the largest families do not come first, names do. */
export function groupMetrics(all: readonly string[], filter: string): MetricGroup[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = all.filter((name) => words.every((word) => name.toLowerCase().includes(word))).slice(0, MOST_SHOWN);
  const groups = new Map<string, string[]>();
  for (const name of kept) push(groups, prefixOf(name, 1), name);
  for (const [prefix, names] of [...groups]) {
    if (names.length <= MOST_IN_FAMILY) continue;
    groups.delete(prefix);
    for (const name of names) push(groups, prefixOf(name, 2), name);
  }
  return [...groups].map(([prefix, names]) => ({ prefix, names })).sort((a, b) => a.prefix.localeCompare(b.prefix));
}

function prefixOf(name: string, words: number): string {
  return name.split(/[_:.]/).slice(0, words).join("_") || name;
}

function push(groups: Map<string, string[]>, key: string, name: string): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [name]);
  else known.push(name);
}

/** Counters as a rate, classic histograms as the 95th percentile, everything else as it is. */
export function startQuery(name: string): string {
  const quoted = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
  if (name.endsWith("_bucket")) return `histogram_quantile(0.95, sum by (le) (rate(${quoted}[$__rate_interval])))`;
  if (/_(total|count|sum)$/.test(name)) return `rate(${quoted}[$__rate_interval])`;
  return quoted;
}
