// The path of a small line without axes, from zero to its highest value. Gaps are gaps; a lonely value is a dot. It begins where
// the data does: a line without an axis says how something went, not when. Pure.

export function sparkPath(all: readonly (number | null)[], width: number, height: number): string {
  const values = withoutLead(all);
  const known = values.filter((one): one is number => one !== null && Number.isFinite(one));
  if (known.length === 0) return "";
  const top = Math.max(...known, 0) || 1;
  const low = Math.min(...known, 0);
  const stride = values.length > 1 ? width / (values.length - 1) : 0;
  const round = (value: number) => Math.round(value * 100) / 100;
  let path = "";
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) return;
    const point = `${round(index * stride)} ${round(height - ((value - low) / (top - low || 1)) * height)}`;
    const isConnected = index > 0 && isKnown(values[index - 1]);
    const isLonely = !isConnected && !isKnown(values[index + 1]);
    path += isConnected ? `L${point}` : isLonely ? `M${point}l0.01 0` : `M${point}`;
  });
  return path;
}

/** Without the gaps in front of the first value. */
export function withoutLead(values: readonly (number | null)[]): readonly (number | null)[] {
  const first = values.findIndex(isKnown);
  return first <= 0 ? values : values.slice(first);
}

function isKnown(value: number | null | undefined): boolean {
  return value !== null && value !== undefined && Number.isFinite(value);
}
