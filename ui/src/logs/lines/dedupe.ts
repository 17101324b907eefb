// Runs of alike lines shown as one, with how many they are. Alike is the whole line, the line without its digits, or only its
// punctuation. Lines of different streams are not alike. Pure.
import { streamKey } from "../entry";
import type { Lines } from "./lines";

export const DEDUPES = ["none", "exact", "numbers", "signature"] as const;
export type Dedupe = (typeof DEDUPES)[number];

export const DEDUPE_WORDS: Readonly<Record<Dedupe, string>> = {
  none: "All lines",
  exact: "Equal lines once",
  numbers: "Equal but for numbers",
  signature: "Equal punctuation",
};

/** What must be equal for two lines to be alike. */
export function dedupeKey(line: string, how: Dedupe): string {
  if (how === "numbers") return line.replaceAll(/\d+/g, "0");
  if (how === "signature") return line.replaceAll(/[\p{L}\p{N}]+/gu, "").replaceAll(/\s+/g, " ");
  return line;
}

export function dedupe(lines: Lines, how: Dedupe): Lines {
  if (how === "none") return lines;
  const firsts: number[] = [];
  const counts: number[] = [];
  let before: string | undefined;
  for (let index = 0; index < lines.size; index += 1) {
    const entry = lines.at(index);
    if (entry === undefined) continue;
    const key = `${streamKey(entry.stream)}\n${dedupeKey(entry.line, how)}`;
    if (key === before) counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
    else {
      firsts.push(index);
      counts.push(1);
      before = key;
    }
  }
  return {
    size: firsts.length,
    at: (index) => lines.at(firsts[index] ?? -1),
    lengthAt: (index) => lines.lengthAt(firsts[index] ?? -1),
    placeOf: (index) => {
      const first = firsts[index];
      return first === undefined ? undefined : lines.placeOf(first);
    },
    indexOf: (place) => {
      const found = lines.indexOf(place);
      return found < 0 ? -1 : nearest(firsts, found);
    },
    isMixed: lines.isMixed,
    repeats: (index) => counts[index] ?? 1,
  };
}

/** The last of the ascending `all` that is not above `value`. */
function nearest(all: readonly number[], value: number): number {
  let low = 0;
  let high = all.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((all[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return all.length === 0 ? -1 : low;
}
