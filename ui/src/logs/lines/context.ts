// The lines of the same stream just before and after one line. Pure: which of the answered lines come before it and which
// after, when several carry the same nanosecond.
import { compareNanos } from "../../api/loki/nanos";
import type { RawEntry } from "../../api/loki/query";
import { type LogEntry, streamKey } from "../entry";

export interface Around {
  /** Oldest first, ending just before the line. */
  readonly before: readonly RawEntry[];
  /** Oldest first, starting just after the line. */
  readonly after: readonly RawEntry[];
}

/** `older` ends at the line's nanosecond (inclusive) and `newer` starts there; neither needs an order. */
export function linesAround(
  entry: LogEntry,
  older: readonly RawEntry[],
  newer: readonly RawEntry[],
  most: number,
): Around {
  const ascending = (a: RawEntry, b: RawEntry) => compareNanos(a.ns, b.ns);
  const own = streamKey(entry.stream);
  const isOwn = (one: RawEntry) => streamKey(one.stream) === own;
  const before = older.filter((one) => isOwn(one) && compareNanos(one.ns, entry.ns) < 0).sort(ascending);
  const after = newer.filter((one) => isOwn(one) && compareNanos(one.ns, entry.ns) > 0).sort(ascending);
  // Lines of the same nanosecond stand after the line, except the line itself, once.
  let found = false;
  const same = newer.filter((one) => {
    if (!isOwn(one) || one.ns !== entry.ns) return false;
    if (!found && one.line === entry.line) {
      found = true;
      return false;
    }
    return true;
  });
  return { before: before.slice(-most), after: [...same, ...after].slice(0, most) };
}
