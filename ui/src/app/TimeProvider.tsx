// Ties the time range to the URL, and refreshes it while the page is visible and the last answers have arrived.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { absoluteRange, DEFAULT_RANGE, isValidRange, type Range, type RawRange, resolveRange } from "../time/range";
import { type Time, TimeContext } from "../time/TimeContext";
import { useZone } from "../time/useZone";
import { refreshMillis } from "./search";

/** As many zoom steps back as anyone would take. */
const MOST_STEPS_BACK = 50;

export function TimeProvider({ children }: { children: ReactNode }) {
  const search = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const earlier = useRef<RawRange[]>([]);
  const [now, setNow] = useState(() => Date.now());

  const raw = useMemo((): RawRange => {
    const asked = { from: search.from ?? DEFAULT_RANGE.from, to: search.to ?? DEFAULT_RANGE.to };
    return isValidRange(asked) ? asked : DEFAULT_RANGE;
  }, [search.from, search.to]);

  const refresh = useCallback(() => setNow(Date.now()), []);

  const setRaw = useCallback(
    (next: RawRange) => {
      setNow(Date.now());
      void navigate({ to: ".", search: (old) => ({ ...old, from: next.from, to: next.to }) });
    },
    [navigate],
  );

  const every = refreshMillis(search.refresh);
  useEffect(() => {
    if (every === undefined) return;
    const timer = setInterval(() => {
      // A slow answer must not be chased by the next question.
      if (document.visibilityState === "visible" && client.isFetching() === 0) refresh();
    }, every);
    return () => clearInterval(timer);
  }, [every, client, refresh]);

  const zone = useZone();
  // biome-ignore lint/correctness/useExhaustiveDependencies: days of the range begin by the zone that is shown
  const value = useMemo((): Time => {
    return {
      raw,
      range: resolveRange(raw, now),
      now,
      setRaw,
      zoomTo: (range: Range) => {
        earlier.current = [...earlier.current.slice(1 - MOST_STEPS_BACK), raw];
        setRaw(absoluteRange(range));
      },
      back: () => {
        const before = earlier.current.pop();
        if (before !== undefined) setRaw(before);
      },
      refresh,
      crosshair: "page",
    };
  }, [raw, now, setRaw, refresh, zone]);

  return <TimeContext value={value}>{children}</TimeContext>;
}
