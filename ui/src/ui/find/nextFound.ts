// Walks what was found, around the end. Pure.

/** The one after the selected; before it with -1. Where the selected was not found, the nearest in that direction. */
export function nextFound(found: readonly number[], selected: number, step: 1 | -1): number | undefined {
  if (found.length === 0) return undefined;
  const at = found.indexOf(selected);
  if (at < 0) return step === 1 ? found[0] : found.at(-1);
  return found[(at + step + found.length) % found.length];
}
