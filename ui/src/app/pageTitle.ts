// The title in the bar, when a page knows better than its address: the name of the open dashboard.
import { useEffect, useSyncExternalStore } from "react";

/** Of the pages that are there: one that lies over another goes again, and the one under it is told once more. */
const titles: { readonly title: string | undefined }[] = [];
const listeners = new Set<() => void>();

const shown = () => titles.at(-1)?.title;

function tell(): void {
  const title = shown();
  document.title = title === undefined ? "Oriel" : `${title} · Oriel`;
  for (const listener of listeners) listener();
}

export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    const own = { title };
    titles.push(own);
    tell();
    return () => {
      titles.splice(titles.indexOf(own), 1);
      tell();
    };
  }, [title]);
}

export function useShownTitle(): string | undefined {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, shown);
}
