// Which colour a service has, the same on every page: twelve services have twelve colours. Names that are known share them out;
// one that comes later takes a free one and moves no other. This browser remembers, so that pages open in their colours.
import { useSyncExternalStore } from "react";
import { assignHues, type Hues, PALETTE_SIZE } from "./palette";

const KEY = "oriel.services";
/** More services than anyone tells apart by colour. */
const MOST_KEPT = 200;

let known: Hues = read();
const listeners = new Set<() => void>();

/** The services there are; `areAll` is false where a part of the question was not answered. */
export function learnServices(names: readonly string[], areAll: boolean): void {
  const next = nextHues(known, names, areAll);
  if (next.size === known.size && [...next].every(([name, hue]) => known.get(name) === hue)) return;
  known = next;
  try {
    localStorage.setItem(KEY, JSON.stringify([...next]));
  } catch {
    // The colours then hold for this page only.
  }
  for (const listener of listeners) listener();
}

/** Services that are gone give their colours back; one that was not heard of for want of an answer is not gone. */
export function nextHues(before: Hues, names: readonly string[], areAll: boolean): Hues {
  const all = areAll ? names : [...names, ...before.keys()];
  const kept = [...new Set(all)]
    .filter((one) => one !== "")
    .sort()
    .slice(0, MOST_KEPT);
  return assignHues(kept, before);
}

export function useServiceHues(): Hues {
  return useSyncExternalStore(subscribe, () => known);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Hues {
  try {
    return storedHues(localStorage.getItem(KEY));
  } catch {
    return new Map();
  }
}

/** What was stored, as far as it makes sense. */
export function storedHues(text: string | null): Hues {
  const found = new Map<string, number>();
  if (text === null) return found;
  try {
    const pairs: unknown = JSON.parse(text);
    if (!Array.isArray(pairs)) return found;
    for (const pair of pairs.slice(0, MOST_KEPT)) {
      const [name, hue] = Array.isArray(pair) ? pair : [];
      if (typeof name === "string" && Number.isInteger(hue) && hue >= 0 && hue < PALETTE_SIZE) found.set(name, hue);
    }
  } catch {
    // Somebody else's text.
  }
  return found;
}
