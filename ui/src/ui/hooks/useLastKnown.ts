// The last known answer of each question, shown while the same question is asked again for another range. A question that
// is no longer asked is forgotten.
import { useState } from "react";

export function useLastKnown<T>(keys: readonly string[], values: readonly (T | undefined)[]): (T | undefined)[] {
  const [kept, setKept] = useState<ReadonlyMap<string, T>>(new Map());
  const next = new Map<string, T>();
  keys.forEach((key, index) => {
    const value = values[index] ?? kept.get(key);
    if (value !== undefined) next.set(key, value);
  });
  const isSame = next.size === kept.size && [...next].every(([key, value]) => kept.get(key) === value);
  if (!isSame) setKept(next);
  return keys.map((key) => next.get(key));
}
