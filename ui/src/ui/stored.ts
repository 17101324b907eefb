// A small yes/no preference that stays in this browser. What storage holds is checked; without storage the default holds.
import { useState } from "react";

export function useStoredFlag(key: string, fallback: boolean): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(() => read(key, fallback));
  const set = (next: boolean) => {
    setValue(next);
    try {
      localStorage.setItem(key, next ? "yes" : "no");
    } catch {
      // The choice then holds for this page only.
    }
  };
  return [value, set];
}

function read(key: string, fallback: boolean): boolean {
  try {
    const stored = localStorage.getItem(key);
    return stored === "yes" || stored === "no" ? stored === "yes" : fallback;
  } catch {
    return fallback;
  }
}
