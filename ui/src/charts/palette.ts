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

export function nameColor(name: string, dark: boolean): string {
  return hueColor(hashName(name) % PALETTE_SIZE, dark);
}

/** The colour of a name where it is text itself. */
export function nameTextColor(name: string, dark: boolean): string {
  return `oklch(${dark ? TEXT_SHADE.dark : TEXT_SHADE.light} ${HUES[hashName(name) % PALETTE_SIZE]})`;
}

/** One hue index a name. With up to twelve names no two are alike. */
export function assignHues(names: readonly string[]): Map<string, number> {
  const result = new Map<string, number>();
  let taken = new Set<number>();
  for (const name of [...new Set(names)].sort()) {
    if (taken.size === PALETTE_SIZE) taken = new Set();
    let hue = hashName(name) % PALETTE_SIZE;
    while (taken.has(hue)) hue = (hue + 1) % PALETTE_SIZE;
    taken.add(hue);
    result.set(name, hue);
  }
  return result;
}

export const LEVELS = ["critical", "error", "warn", "info", "debug", "trace", "unknown"] as const;
export type Level = (typeof LEVELS)[number];

export function levelColor(level: Level): string {
  return `var(--level-${level})`;
}
