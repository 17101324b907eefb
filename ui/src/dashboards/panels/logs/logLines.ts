// The lines of a panel in their order, alike ones once, each with the row that it came from. Pure.
import { compareNanos } from "../../../api/loki/nanos";
import type { RawEntry } from "../../../api/loki/query";
import { entryOf, type LogEntry, streamKey } from "../../../logs/entry";
import { type Dedupe, dedupeKey } from "../../../logs/lines/dedupe";
import type { DataFrame } from "../../data/frame";
import { entriesOf } from "../../data/lines";

export interface PanelLine {
  readonly entry: LogEntry;
  /** How many alike lines it stands for. */
  readonly many: number;
  /** Undefined: it was loaded after its frame. */
  readonly frame: DataFrame | undefined;
  readonly row: number;
}

export function linesOf(
  frames: readonly DataFrame[],
  older: readonly RawEntry[],
  how: { readonly oldestFirst: boolean; readonly dedupe: Dedupe },
): PanelLine[] {
  const all: { raw: RawEntry; frame: DataFrame | undefined; row: number }[] = [
    ...frames.flatMap((frame) => entriesOf(frame).map((raw, row) => ({ raw, frame, row }))),
    ...older.map((raw, row) => ({ raw, frame: undefined, row })),
  ];
  const sign = how.oldestFirst ? 1 : -1;
  all.sort((a, b) => sign * compareNanos(a.raw.ns, b.raw.ns));
  const lines: PanelLine[] = [];
  let before: string | undefined;
  all.forEach(({ raw, frame, row }, index) => {
    const key = how.dedupe === "none" ? undefined : `${streamKey(raw.stream)}\n${dedupeKey(raw.line, how.dedupe)}`;
    const last = lines.at(-1);
    if (key !== undefined && key === before && last !== undefined)
      lines[lines.length - 1] = { ...last, many: last.many + 1 };
    else lines.push({ entry: entryOf(raw, index), many: 1, frame, row });
    before = key;
  });
  return lines;
}

/** Those of `found` that are not known yet: the same moment, stream and words. */
export function newEntries(known: readonly RawEntry[], found: readonly RawEntry[]): RawEntry[] {
  const keyOf = (one: RawEntry) => `${one.ns} ${streamKey(one.stream)} ${one.line}`;
  const keys = new Set(known.map(keyOf));
  return found.filter((one) => !keys.has(keyOf(one)));
}
