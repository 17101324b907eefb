// The keys that the page that is open offers besides those of the shell: they hold as long as it is there, and the list of
// keys shows them.
import { useEffect, useEffectEvent } from "react";
import type { Shortcut } from "./keys";

export interface PageKey extends Shortcut {
  readonly run: () => void;
}

const offered = new Set<readonly PageKey[]>();

export function offeredKeys(): PageKey[] {
  return [...offered].flat();
}

/** `shortcuts` is one list for good; what a key does is asked when it is pressed. */
export function usePageKeys<T extends Shortcut>(shortcuts: readonly T[], onKey: (shortcut: T) => void): void {
  const run = useEffectEvent(onKey);
  useEffect(() => {
    const mine = shortcuts.map((one): PageKey => ({ ...one, run: () => run(one) }));
    offered.add(mine);
    return () => void offered.delete(mine);
  }, [shortcuts]);
}
