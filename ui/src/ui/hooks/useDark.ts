// Whether the page is dark right now; charts redraw with other colours when it changes.
import { useComputedColorScheme } from "@mantine/core";

export function useDark(): boolean {
  return useComputedColorScheme("dark") === "dark";
}
