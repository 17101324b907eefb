// A page of lines in columns, as it comes out of the parser's thread: one text for all lines with their ends, so that a
// hundred thousand lines are a few large pieces of memory and not a million small ones. Pure.
//
//   text   aaa|bb|cccc      ends 3 5 9       line i is text[ends[i-1] .. ends[i]]
//   extra  {..}||{..}       the same for structured metadata and parsed fields, as JSON; empty for most lines
import type { Labels } from "../api/decode";
import { addNanos, compareNanos } from "../api/loki/nanos";
import type { RawEntry } from "../api/loki/query";
import { LEVELS } from "../charts/colors/palette";
import { levelOf, streamKey } from "./entry";

/** The lines of the nanosecond where two pages meet, each with how often it occurred, so that none is shown twice. */
export interface Boundary {
  /** Which end of its page it is. */
  readonly edge: "newest" | "oldest";
  /** Epoch nanoseconds as decimal text. */
  readonly ns: string;
  readonly counts: readonly (readonly [identity: string, count: number])[];
}

/** Newest first. */
export interface PackedLines {
  readonly size: number;
  /** Lines that the server sent, those of the boundary included. */
  readonly received: number;
  readonly ns: BigUint64Array;
  readonly text: string;
  readonly ends: Uint32Array;
  readonly extra: string;
  readonly extraEnds: Uint32Array;
  /** Index into LEVELS. */
  readonly level: Uint8Array;
  readonly stream: Uint32Array;
  readonly streams: readonly Labels[];
  /** 1 for the first of equal lines of one nanosecond, 2 for the second. */
  readonly repeat: Uint32Array;
  readonly newest: Boundary | undefined;
  readonly oldest: Boundary | undefined;
  /** Bytes that the server read for it. */
  readonly bytes: number | undefined;
}

/** Newest first; equal times keep the server's order. */
export function sortNewestFirst(entries: readonly RawEntry[]): RawEntry[] {
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => compareNanos(b.entry.ns, a.entry.ns) || a.index - b.index)
    .map((one) => one.entry);
}

/** Packs an answer, without the lines of `skip` that a page beside it has already. */
export function packLines(entries: readonly RawEntry[], skip?: Boundary, bytes?: number): PackedLines {
  const sorted = sortNewestFirst(entries);
  const known = new Map(skip?.counts ?? []);
  const kept: { raw: RawEntry; repeat: number }[] = [];
  const first = sorted[0]?.ns;
  const last = sorted.at(-1)?.ns;
  const counts = new Map<string, Map<string, number>>();
  const keptCounts = new Map<string, number>();
  let seen = new Map<string, number>();
  let seenOf: string | undefined;
  for (const raw of sorted) {
    if (raw.ns !== seenOf) {
      seen = new Map();
      seenOf = raw.ns;
      if (raw.ns === first || raw.ns === last) counts.set(raw.ns, seen);
    }
    const identity = `${streamKey(raw.stream)}/${raw.line}`;
    const repeat = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, repeat);
    if (raw.ns === skip?.ns) {
      if (repeat <= (known.get(identity) ?? 0)) continue;
      keptCounts.set(identity, (keptCounts.get(identity) ?? 0) + 1);
    }
    kept.push({ raw, repeat });
  }
  // Where the page beside it is, a page holds only its own part of the nanosecond: the other part may be dropped later.
  const boundary = (edge: Boundary["edge"], ns: string | undefined): Boundary | undefined => {
    if (ns === undefined) return undefined;
    const isShared = skip !== undefined && ns === skip.ns && skip.edge !== edge;
    return { edge, ns, counts: [...(isShared ? keptCounts : (counts.get(ns) ?? []))] };
  };
  const edges = { newest: boundary("newest", first), oldest: boundary("oldest", last) };
  return { ...columnsOf(kept), ...edges, received: entries.length, bytes };
}

function columnsOf(kept: readonly { raw: RawEntry; repeat: number }[]) {
  const size = kept.length;
  const ns = new BigUint64Array(size);
  const ends = new Uint32Array(size);
  const extraEnds = new Uint32Array(size);
  const level = new Uint8Array(size);
  const stream = new Uint32Array(size);
  const repeat = new Uint32Array(size);
  const streams: Labels[] = [];
  const places = new Map<string, number>();
  const texts: string[] = [];
  const extras: string[] = [];
  let end = 0;
  let extraEnd = 0;
  kept.forEach(({ raw, repeat: times }, index) => {
    const key = streamKey(raw.stream);
    let place = places.get(key);
    if (place === undefined) {
      place = streams.push(raw.stream) - 1;
      places.set(key, place);
    }
    const extra = extraOf(raw);
    end += raw.line.length;
    extraEnd += extra.length;
    texts.push(raw.line);
    extras.push(extra);
    ns[index] = BigInt(raw.ns);
    ends[index] = end;
    extraEnds[index] = extraEnd;
    level[index] = LEVELS.indexOf(levelOf(raw));
    stream[index] = place;
    repeat[index] = times;
  });
  return { size, ns, text: texts.join(""), ends, extra: extras.join(""), extraEnds, level, stream, streams, repeat };
}

function extraOf({ metadata, parsed }: RawEntry): string {
  for (const _ in metadata) return JSON.stringify([metadata, parsed]);
  for (const _ in parsed) return JSON.stringify([metadata, parsed]);
  return "";
}

/** What may be handed to another thread without a copy. */
export function buffersOf(page: PackedLines): ArrayBufferLike[] {
  return [page.ns, page.ends, page.extraEnds, page.level, page.stream, page.repeat].map((one) => one.buffer);
}

/** The exclusive end of the page below this one. It overlaps by one nanosecond, unless the whole page is one nanosecond. */
export function endBelow(page: PackedLines, end: string): { end: string; skip: Boundary | undefined } | undefined {
  if (page.oldest === undefined) return undefined;
  const next = addNanos(page.oldest.ns, 1);
  // A whole page within one nanosecond: go on below it rather than forever around it.
  return compareNanos(next, end) < 0 ? { end: next, skip: page.oldest } : { end: page.oldest.ns, skip: undefined };
}
