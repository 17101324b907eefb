// Lengths of time as dashboards write them.
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** `30s`, `>1m`, `1m30s` in milliseconds. */
export function readDuration(text: string): number | undefined {
  const plain = text.trim().replace(/^>=?/, "");
  if (!/^(\d+(\.\d+)?(ms|[smhdwy]))+$/.test(plain)) return undefined;
  let sum = 0;
  for (const part of plain.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g))
    sum += Number(part[1]) * (UNITS[part[2] ?? ""] ?? 0);
  return sum > 0 ? sum : undefined;
}

/** In the longest units that say it whole: 5,400,000 is `1h30m`. */
export function writeDuration(millis: number): string {
  let left = Math.round(millis);
  let words = "";
  for (const [unit, size] of Object.entries(UNITS).sort((a, b) => b[1] - a[1])) {
    const many = Math.floor(left / size);
    if (many > 0) words += `${many}${unit}`;
    left -= many * size;
  }
  return words === "" ? "0s" : words;
}
