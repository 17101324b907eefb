// What one rule changed of the labels, in words. Pure.
import type { Labels } from "../../api/decode";

export function changedLabels(before: Labels, after: Labels): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    if (old === now) return [];
    if (now === undefined) return [`without ${name}`];
    return [old === undefined ? `${name}="${now}"` : `${name}="${old}" becomes "${now}"`];
  });
}
