// The absolute ranges that were looked at last, in this browser. What storage holds is checked like any other input.
import { list, record, text } from "../../api/decode";
import { isValidRange, type RawRange } from "../../time/range";

const KEY = "oriel.ranges";
/** As many as fit beside the fields. */
const MOST_KEPT = 4;

export function withRecent(known: readonly RawRange[], raw: RawRange): RawRange[] {
  const others = known.filter((one) => one.from !== raw.from || one.to !== raw.to);
  return [raw, ...others].slice(0, MOST_KEPT);
}

export function decodeRecent(raw: string | null): RawRange[] {
  try {
    return list(JSON.parse(raw ?? "[]"))
      .map((one) => ({ from: text(record(one).from), to: text(record(one).to) }))
      .filter((one) => isValidRange(one))
      .slice(0, MOST_KEPT);
  } catch {
    return [];
  }
}

export function recentRanges(): RawRange[] {
  try {
    return decodeRecent(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

/** Relative ones are a click away anyway. */
export function rememberRange(raw: RawRange): void {
  if (raw.from.startsWith("now") || raw.to.startsWith("now")) return;
  try {
    localStorage.setItem(KEY, JSON.stringify(withRecent(recentRanges(), raw)));
  } catch {
    // Without storage none is offered.
  }
}
