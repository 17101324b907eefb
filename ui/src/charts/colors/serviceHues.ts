// Which colour a service has, the same on every page: twelve services have twelve colours. Names that are known share them out;
// one that comes later takes a free one and moves no other. Each tenant has services of its own. This browser remembers, so that
// pages open in their colours.
import { useSyncExternalStore } from "react";
import { currentTenant } from "../../api/http";
import { assignHues, type Hues, PALETTE_SIZE } from "./palette";

/** One entry a tenant; the server's default tenant has no name. */
const keyOf = (tenant: string) => (tenant === "" ? "oriel.services" : `oriel.services/${tenant}`);
/** More services than anyone tells apart by colour. */
const MOST_KEPT = 200;

const known = new Map<string, Hues>();
const listeners = new Set<() => void>();

/** The services that a tenant has; `areAll` is false where a part of the question was not answered. */
export function learnServices(tenant: string, names: readonly string[], areAll: boolean): void {
  const before = huesOf(tenant);
  const next = nextHues(before, names, areAll);
  if (next.size === before.size && [...next].every(([name, hue]) => before.get(name) === hue)) return;
  known.set(tenant, next);
  try {
    localStorage.setItem(keyOf(tenant), JSON.stringify([...next]));
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

/** Of the tenant that the page is about. */
export function useServiceHues(): Hues {
  return useSyncExternalStore(subscribe, () => huesOf(currentTenant()));
}

export function huesOf(tenant: string): Hues {
  const found = known.get(tenant) ?? read(tenant);
  known.set(tenant, found);
  return found;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(tenant: string): Hues {
  try {
    return storedHues(localStorage.getItem(keyOf(tenant)));
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
