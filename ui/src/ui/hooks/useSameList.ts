// Keeps the identity of a list while its items keep theirs, so that what is derived from it is not derived again.
import { useState } from "react";

export function useSameList<T>(list: readonly T[]): readonly T[] {
  const [kept, setKept] = useState(list);
  const isSame = kept.length === list.length && kept.every((one, index) => one === list[index]);
  if (isSame) return kept;
  setKept(list);
  return list;
}
