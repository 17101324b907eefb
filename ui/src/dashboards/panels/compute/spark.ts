// The path of a small line, from its lowest to its highest value; closed at the bottom for an area. Pure.
import { withoutLead } from "../../../charts/sparkPath";

export function sparkArea(all: readonly (number | null)[], width: number, height: number, closed = true): string {
  const values = withoutLead(all);
  const known = values.filter((one): one is number => one !== null && Number.isFinite(one));
  if (known.length < 2) return "";
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const room = high - low;
  const y = (value: number) => (room === 0 ? height / 2 : height - 2 - ((value - low) / room) * (height - 4));
  const stride = width / Math.max(1, values.length - 1);
  let path = "";
  let first: number | undefined;
  let last = 0;
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) return;
    const x = Math.round(index * stride * 100) / 100;
    path += `${path === "" ? "M" : "L"}${x} ${Math.round(y(value) * 100) / 100}`;
    first ??= x;
    last = x;
  });
  return closed ? `${path}L${last} ${height}L${first ?? 0} ${height}Z` : path;
}
