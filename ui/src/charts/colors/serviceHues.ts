// Which colour a service has, the same on every page: twelve services have twelve colours. Names that are known share them out;
// one that comes later takes a free one and moves no other. Each tenant has services of its own. This browser remembers, so that
// pages open in their colours.
//
// A browser that is new knows no services until the server has told them, and does not wait for that with drawing. Until then each
// name that is drawn takes a hue that no other on the page has, and keeps it when it turns out to be a service's.
import { useSyncExternalStore } from "react";
import { currentTenant } from "../../api/http";
import { assignHues, type Hues, hueBeside, PALETTE_SIZE } from "./palette";

/** One entry a tenant; the server's default tenant has no name. */
const keyOf = (tenant: string) => (tenant === "" ? "oriel.services" : `oriel.services/${tenant}`);
/** More services than anyone tells apart by colour. */
const MOST_KEPT = 200;

type Settled = ReadonlyMap<string, number>;

/** The hues of one tenant's page; a new one whenever that of a service is learned. */
export class PageHues implements Hues {
  readonly services: Settled;
  /** The server has told the services, now or at an earlier visit. */
  readonly isTold: boolean;
  /** Taken by names that were drawn before the services were told, or that those do not name; they hold as long as the page. */
  readonly #claimed: Map<string, number>;
  /** What other names were drawn in last: a service that is learned later keeps it if it can. */
  readonly #drawn: Map<string, number>;

  constructor(services: Settled, isTold: boolean, before?: PageHues) {
    this.services = services;
    this.isTold = isTold;
    this.#claimed = before === undefined ? new Map() : before.#claimed;
    this.#drawn = before === undefined ? new Map() : before.#drawn;
  }

  get(name: string): number | undefined {
    const settled = this.services.get(name) ?? this.#claimed.get(name);
    return settled === undefined && !this.isTold ? this.claim(name) : settled;
  }

  claim(name: string): number {
    const hue = hueBeside(name, [...this.services.values(), ...this.#claimed.values()]);
    if (this.#claimed.size < MOST_KEPT) this.#claimed.set(name, hue);
    return hue;
  }

  note(name: string, hue: number): void {
    if (this.#drawn.size < MOST_KEPT || this.#drawn.has(name)) this.#drawn.set(name, hue);
  }

  /** The names that the server told. */
  learn(names: readonly string[], areAll: boolean): PageHues {
    const seen = new Map([...this.#drawn, ...this.#claimed]);
    return new PageHues(nextHues(this.services, names, areAll, seen), true, this);
  }
}

const known = new Map<string, PageHues>();
const listeners = new Set<() => void>();

/** The services that a tenant has; `areAll` is false where a part of the question was not answered. */
export function learnServices(tenant: string, names: readonly string[], areAll: boolean): void {
  const before = huesOf(tenant);
  const next = before.learn(names, areAll);
  const isSame = sameHues(before.services, next.services);
  if (isSame && before.isTold) return;
  known.set(tenant, next);
  try {
    localStorage.setItem(keyOf(tenant), JSON.stringify([...next.services]));
  } catch {
    // The colours then hold for this page only.
  }
  for (const listener of listeners) listener();
}

function sameHues(a: Settled, b: Settled): boolean {
  return a.size === b.size && [...b].every(([name, hue]) => a.get(name) === hue);
}

/**
 * Services that are gone give their colours back; one that was not heard of for want of an answer is not gone. One that is new
 * keeps the colour that it was `seen` in, unless a service has it.
 */
export function nextHues(
  before: Settled,
  names: readonly string[],
  areAll: boolean,
  seen: Settled = new Map(),
): Map<string, number> {
  const all = areAll ? names : [...names, ...before.keys()];
  const kept = [...new Set(all)]
    .filter((one) => one !== "")
    .sort()
    .slice(0, MOST_KEPT);
  const taken = new Set(kept.flatMap((one) => before.get(one) ?? []));
  const free = [...seen].filter(([name, hue]) => !before.has(name) && !taken.has(hue));
  return assignHues(kept, new Map([...free, ...before]));
}

/** Of the tenant that the page is about. */
export function useServiceHues(): Hues {
  return useSyncExternalStore(subscribe, () => huesOf(currentTenant()));
}

export function huesOf(tenant: string): PageHues {
  const found = known.get(tenant) ?? read(tenant);
  known.set(tenant, found);
  return found;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(tenant: string): PageHues {
  try {
    const services = storedHues(localStorage.getItem(keyOf(tenant)));
    return new PageHues(services, services.size > 0);
  } catch {
    return new PageHues(new Map(), false);
  }
}

/** What was stored, as far as it makes sense. */
export function storedHues(text: string | null): Map<string, number> {
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
