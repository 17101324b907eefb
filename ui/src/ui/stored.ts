// Small preferences that stay in this browser: yes or no, or one of several words. What storage holds is checked; without storage the default holds.
import { useState } from "react";

export function useStoredFlag(key: string, fallback: boolean): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(() => read(key, fallback));
  const set = (next: boolean) => {
    setValue(next);
    writeText(key, next ? "yes" : "no");
  };
  return [value, set];
}

function read(key: string, fallback: boolean): boolean {
  const stored = readText(key);
  return stored === "yes" || stored === "no" ? stored === "yes" : fallback;
}

/** One of several words that stays in this browser. */
export function useStoredChoice<Choice extends string>(
  key: string,
  choices: readonly Choice[],
  fallback: Choice,
): [Choice, (value: Choice) => void] {
  const [value, setValue] = useState(() => choices.find((one) => one === readText(key)) ?? fallback);
  const set = (next: Choice) => {
    setValue(next);
    writeText(key, next);
  };
  return [value, set];
}

function readText(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function writeText(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then holds for this page only.
  }
}
