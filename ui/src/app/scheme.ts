// Dark, light or as the system says. Stored under the same key that public/boot.js reads before the first paint.
import { useMantineColorScheme } from "@mantine/core";

export type Scheme = "auto" | "dark" | "light";

export const SCHEME_KEY = "oriel.scheme";

const NEXT: Readonly<Record<Scheme, Scheme>> = { auto: "dark", dark: "light", light: "auto" };

/** The choice and a function that goes on to the next one. */
export function useScheme(): { choice: Scheme; next: () => void; set: (scheme: Scheme) => void } {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return { choice: colorScheme, next: () => setColorScheme(NEXT[colorScheme]), set: setColorScheme };
}
