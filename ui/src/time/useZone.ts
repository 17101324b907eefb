// The zone that times are shown in, for what must be drawn again when it changes.
import { useSyncExternalStore } from "react";
import { onZone, zone } from "./zone";

export function useZone(): string | undefined {
  return useSyncExternalStore(onZone, zone);
}
