// Ties the time range to the URL, and refreshes it while the page is visible and the last answers have arrived.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { absoluteRange, DEFAULT_RANGE, isValidRange, type Range, type RawRange, resolveRange } from "../time/range";
import { type Time, TimeContext } from "../time/TimeContext";
import { clockKey, onZone } from "../time/zone";
import { AUTO_REFRESH, autoRefresh, refreshMillis } from "./search";

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

  const { from, to } = resolveRange(raw, now);
  const every = search.refresh === AUTO_REFRESH ? autoRefresh(to - from) : refreshMillis(search.refresh);
  useEffect(() => {
    if (every === undefined) return;
    let missed = false;
    const timer = setInterval(() => {
      missed = document.visibilityState !== "visible";
      // A slow answer must not be chased by the next question.
      if (!missed && client.isFetching() === 0) refresh();
    }, every);
    const seen = () => {
      if (missed && document.visibilityState === "visible") refresh();
      missed = false;
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [every, client, refresh]);

  const clock = useSyncExternalStore(onZone, clockKey);
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
  }, [raw, now, setRaw, refresh, clock]);

  return <TimeContext value={value}>{children}</TimeContext>;
}
