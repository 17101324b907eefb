// Lines by index, newest first, whatever holds them: pages in columns, or a list. Entries are made when they are looked at. Pure.
import { type Labels, labels, list } from "../../api/decode";
import { LEVELS } from "../../charts/colors/palette";
import { type LogEntry, serviceOf, streamKey } from "../entry";
import type { PackedLines } from "../packed";

/** Where a line lives, to find it again when lines were added or dropped before it. */
export interface Place {
  readonly home: object;
  readonly offset: number;
}

export interface Lines {
  readonly size: number;
  readonly at: (index: number) => LogEntry | undefined;
  /** Letters of the line, cheaper than the line. */
  readonly lengthAt: (index: number) => number;
  readonly placeOf: (index: number) => Place | undefined;
  /** -1 when the line is not there any more. */
  readonly indexOf: (place: Place) => number;
  /** Lines of more than one service. */
  readonly isMixed: boolean;
  /** How many alike lines this one stands for. */
  readonly repeats?: (index: number) => number;
}

/** Entries that were made are kept up to this many: a few screens. */
const MOST_KEPT = 2_000;

export function linesOfPages(pages: readonly PackedLines[]): Lines {
  const starts: number[] = [];
  let size = 0;
  for (const page of pages) {
    starts.push(size);
    size += page.size;
  }
  const pageOf = (index: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  let made = new Map<number, LogEntry>();
  const services = new Set(pages.flatMap((page) => page.streams.map((stream) => serviceOf({ stream }))));
  return {
    size,
    at: (index) => {
      if (index < 0 || index >= size) return undefined;
      const known = made.get(index);
      if (known !== undefined) return known;
      const number = pageOf(index);
      const page = pages[number];
      if (page === undefined) return undefined;
      if (made.size >= MOST_KEPT) made = new Map();
      const entry = entryAt(page, index - (starts[number] ?? 0));
      made.set(index, entry);
      return entry;
    },
    lengthAt: (index) => {
      const number = pageOf(index);
      const offset = index - (starts[number] ?? 0);
      const ends = pages[number]?.ends;
      return (ends?.[offset] ?? 0) - (offset === 0 ? 0 : (ends?.[offset - 1] ?? 0));
    },
    placeOf: (index) => {
      const number = pageOf(index);
      const home = pages[number];
      return home === undefined || index >= size ? undefined : { home, offset: index - (starts[number] ?? 0) };
    },
    indexOf: ({ home, offset }) => {
      const number = pages.indexOf(home as PackedLines);
      return number < 0 ? -1 : (starts[number] ?? 0) + offset;
    },
    isMixed: services.size > 1,
  };
}

function entryAt(page: PackedLines, offset: number): LogEntry {
  const line = page.text.slice(offset === 0 ? 0 : page.ends[offset - 1], page.ends[offset]);
  const extra = page.extra.slice(offset === 0 ? 0 : page.extraEnds[offset - 1], page.extraEnds[offset]);
  const [metadata, parsed] = extra === "" ? NO_EXTRA : extraLabels(extra);
  const stream = page.streams[page.stream[offset] ?? 0] ?? {};
  const ns = String(page.ns[offset] ?? 0n);
  return {
    key: `${ns}/${streamKey(stream)}/${line.length}:${line.slice(0, 64)}/${page.repeat[offset]}`,
    ns,
    ms: Number(ns.slice(0, -6)) + Number(ns.slice(-6)) / 1e6,
    line,
    level: LEVELS[page.level[offset] ?? 0] ?? "unknown",
    stream,
    metadata,
    parsed,
  };
}

const NO_EXTRA: readonly [Labels, Labels] = [{}, {}];

function extraLabels(text: string): readonly [Labels, Labels] {
  const [metadata, parsed] = list(JSON.parse(text));
  return [labels(metadata), labels(parsed)];
}

export function linesOfEntries(entries: readonly LogEntry[]): Lines {
  const first = entries[0];
  return {
    size: entries.length,
    at: (index) => entries[index],
    lengthAt: (index) => entries[index]?.line.length ?? 0,
    placeOf: (index) => {
      const home = entries[index];
      return home === undefined ? undefined : { home, offset: 0 };
    },
    indexOf: ({ home }) => entries.indexOf(home as LogEntry),
    isMixed: first !== undefined && entries.some((one) => serviceOf(one) !== serviceOf(first)),
  };
}

/** The first `most` entries. */
export function firstEntries(lines: Lines, most: number): LogEntry[] {
  const found: LogEntry[] = [];
  for (let index = 0; index < Math.min(most, lines.size); index += 1) {
    const entry = lines.at(index);
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

/** The same lines the other way round. */
export function reversed(lines: Lines): Lines {
  const other = (index: number) => lines.size - 1 - index;
  const { repeats } = lines;
  return {
    size: lines.size,
    at: (index) => lines.at(other(index)),
    lengthAt: (index) => lines.lengthAt(other(index)),
    placeOf: (index) => lines.placeOf(other(index)),
    indexOf: (place) => {
      const found = lines.indexOf(place);
      return found < 0 ? -1 : other(found);
    },
    isMixed: lines.isMixed,
    ...(repeats === undefined ? {} : { repeats: (index: number) => repeats(other(index)) }),
  };
}

/** Lines that hold the text, whatever its case. */
export function findLines(lines: Lines, wanted: string): number[] {
  const low = wanted.toLowerCase();
  if (low === "") return [];
  const found: number[] = [];
  for (let index = 0; index < lines.size; index += 1) {
    if (lines.at(index)?.line.toLowerCase().includes(low) === true) found.push(index);
  }
  return found;
}

/** The line that was written at this nanosecond, among the first ones. */
export function lineAt(lines: Lines, ns: string, most: number): number {
  for (let index = 0; index < Math.min(most, lines.size); index += 1) if (lines.at(index)?.ns === ns) return index;
  return -1;
}
