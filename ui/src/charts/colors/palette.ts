// Colours of series: twelve hues of equal lightness. The colour comes from the name, so that a service looks the same on
// every page; where two names of one chart meet, the later one (in name order) takes the next free hue.

/** Hue angles, neighbours in the list far apart on the circle. None is red, which says that something failed. */
const HUES: readonly number[] = [245, 55, 155, 310, 95, 200, 345, 125, 225, 75, 275, 180];

/** Lightness and chroma that keep 3:1 contrast against the background of each scheme. */
const SHADE = { dark: "0.76 0.125", light: "0.58 0.135" } as const;

export const PALETTE_SIZE = HUES.length;

export function hueColor(index: number, dark: boolean): string {
  return `oklch(${dark ? SHADE.dark : SHADE.light} ${HUES[index % PALETTE_SIZE]})`;
}

/** FNV-1a, 32 bits: small, stable, spreads short names well. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash ^= name.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Darker on light ground than lines are: text needs 4.5:1. */
const TEXT_SHADE = { dark: SHADE.dark, light: "0.5 0.125" } as const;

/** Names whose hue index is settled for the whole page: services have theirs, see serviceHues.ts. */
export interface Hues {
  get(name: string): number | undefined;
  /** Settles one for a name that has none: it stands alone, and is a service's. */
  claim?(name: string): number;
  /** Told which hue a name without a settled one was drawn in beside others. */
  note?(name: string, hue: number): void;
}

export const NO_HUES: Hues = new Map<string, number>();

/** The colour of a service where it stands alone; names that are drawn together get theirs by `assignHues`. */
export function nameColor(name: string, dark: boolean, fixed: Hues = NO_HUES): string {
  return hueColor(ownHue(name, fixed), dark);
}

function ownHue(name: string, fixed: Hues): number {
  return fixed.get(name) ?? fixed.claim?.(name) ?? hashHue(name);
}

function hashHue(name: string): number {
  return hashName(name) % PALETTE_SIZE;
}

/** The colour of a name where it is text itself. */
export function nameTextColor(name: string, dark: boolean, fixed: Hues = NO_HUES): string {
  return `oklch(${dark ? TEXT_SHADE.dark : TEXT_SHADE.light} ${HUES[ownHue(name, fixed) % PALETTE_SIZE]})`;
}

/** Up to this many names of one chart stay this many degrees apart: neighbours on the circle look alike as lines. */
const FEW = 6;
const FEW_APART = 40;

/** One hue index a name. With up to twelve names no two are alike; with few of them none is nearly like another, but for those whose hue is fixed elsewhere. */
export function assignHues(names: readonly string[], fixed: Hues = NO_HUES): Map<string, number> {
  const result = new Map<string, number>();
  const sorted = [...new Set(names)].sort();
  const least = sorted.length <= FEW ? FEW_APART : 1;
  let taken: number[] = [];
  const take = (name: string, hue: number) => {
    taken.push(hue);
    result.set(name, hue);
  };
  for (const name of sorted) {
    const hue = fixed.get(name);
    if (hue !== undefined && taken.length < PALETTE_SIZE && !taken.includes(hue)) take(name, hue);
  }
  for (const name of sorted) {
    if (result.has(name)) continue;
    if (taken.length === PALETTE_SIZE) taken = [];
    const settled = fixed.get(name);
    const hue = freeHue(settled ?? hashHue(name), taken, least);
    if (settled === undefined) fixed.note?.(name, hue);
    take(name, hue);
  }
  return result;
}

/** The hue of one more name beside those that are taken, by the same rule; its own when none is free. */
export function hueBeside(name: string, taken: readonly number[]): number {
  const own = hashHue(name);
  const distinct = [...new Set(taken)];
  if (distinct.length >= PALETTE_SIZE) return own;
  return freeHue(own, distinct, distinct.length < FEW ? FEW_APART : 1);
}

/** `own` where it is `least` degrees from all that are taken, else the roomiest. */
function freeHue(own: number, taken: readonly number[], least: number): number {
  return room(own, taken) >= least ? own : roomiest(own, taken);
}

/** Degrees to the nearest hue that is taken. */
function room(hue: number, taken: readonly number[]): number {
  const at = HUES[hue] ?? 0;
  const away = (other: number) => {
    const turn = Math.abs(at - (HUES[other] ?? 0));
    return Math.min(turn, 360 - turn);
  };
  return taken.reduce((least, other) => Math.min(least, away(other)), 180);
}

/** The free hue farthest from those taken; the first after `own` where some are equal. */
function roomiest(own: number, taken: readonly number[]): number {
  let best = own;
  for (let step = 1; step < PALETTE_SIZE; step += 1) {
    const hue = (own + step) % PALETTE_SIZE;
    if (room(hue, taken) > room(best, taken)) best = hue;
  }
  return best;
}

export const LEVELS = ["critical", "error", "warn", "info", "debug", "trace", "unknown"] as const;
export type Level = (typeof LEVELS)[number];

/** The colour of each name: that of the level it names, or a hue of its own. Every page colours a level alike. */
export function nameColors(names: readonly string[], dark: boolean, fixed: Hues = NO_HUES): string[] {
  const hues = huesBeside(names, fixed);
  return names.map((name) => ownLevelColor(name) ?? hueColor(hues.get(name) ?? 0, dark));
}

/** The hues of names that stand beside each other, no two alike while hues are left; names of levels need none. */
export function huesBeside(names: readonly string[], fixed: Hues): Hues {
  return assignHues(
    names.filter((name) => ownLevelColor(name) === undefined),
    fixed,
  );
}

/** The colour of a name: `fixed` are the hues of those that stand beside it, see `huesBeside`. */
export function nameOrLevelColor(name: string, dark: boolean, fixed: Hues): string {
  return ownLevelColor(name) ?? nameColor(name, dark, fixed);
}

function ownLevelColor(name: string): string | undefined {
  const level = LEVELS.find((known) => known === name);
  return level === undefined ? undefined : levelColor(level);
}

export function levelColor(level: Level): string {
  return `var(--level-${level})`;
}
