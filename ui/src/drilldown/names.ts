// Names that hold all the words; those of histograms' parts once. Pure.

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
