// Names that forms offer: of fields, and of queries.
import { type DataFrame, displayNames } from "../data/frame";

/** Names of the fields as overrides and steps name them. */
export function namesOf(frames: readonly DataFrame[]): string[] {
  const shown = displayNames(frames);
  return [...new Set(frames.flatMap((one) => one.fields.map((field) => shown.get(field) ?? field.name)))];
}

/** The first letter that no query has: `A` to `Z`, then `AA` and so on. */
export function freeLetter(taken: readonly string[]): string {
  for (let index = 0; ; index += 1) {
    const last = String.fromCharCode(65 + (index % 26));
    const name = index < 26 ? last : `${String.fromCharCode(64 + Math.floor(index / 26))}${last}`;
    if (!taken.includes(name)) return name;
  }
}
