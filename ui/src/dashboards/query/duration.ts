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
