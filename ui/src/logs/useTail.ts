// Lines as they arrive over the websocket. While the reader has scrolled away they wait, counted, instead of moving the list.
import { useEffect, useRef, useState } from "react";
import type { RawEntry } from "../api/loki/query";
import { tail } from "../api/loki/tail";
import type { LogEntry } from "./entry";
import { prepend } from "./paging";

export type TailState = "off" | "connecting" | "open" | "closed" | "failed";

/** Waiting lines beyond this are dropped, oldest first: the reader is not looking. */
const MOST_WAITING = 10_000;

/** Arrivals are put together for this long, so that a busy stream draws ten times a second and not a thousand. */
const GATHER_MS = 100;

/** The rate is that of so many seconds. */
const RATE_MS = 5_000;

interface View {
  readonly state: TailState;
  readonly entries: readonly LogEntry[];
  readonly waiting: number;
  /** Lines a second that arrive, shown or waiting. */
  readonly rate: number;
}

export interface Tail extends View {
  /** Forgets the lines that came, and goes on. */
  readonly clear: () => void;
}

const OFF: View = { state: "off", entries: [], waiting: 0, rate: 0 };

/** Tails `query` while `on`; lines wait while `paused`. */
export function useTail(query: string, on: boolean, paused: boolean): Tail {
  const [view, setView] = useState(OFF);
  const waiting = useRef<RawEntry[]>([]);
  const isPaused = useRef(paused);
  const serial = useRef(0);

  useEffect(() => {
    isPaused.current = paused;
  }, [paused]);

  useEffect(() => {
    if (!on) return;
    waiting.current = [];
    setView({ ...OFF, state: "connecting" });
    let counted = 0;
    const stop = tail(query, {
      onState: (state) => setView((old) => ({ ...old, state })),
      onEntries: (entries) => {
        counted += entries.length;
        waiting.current = [...waiting.current, ...entries].slice(-MOST_WAITING);
      },
    });
    const timer = setInterval(() => {
      const arrived = waiting.current;
      if (isPaused.current) {
        setView((old) => (old.waiting === arrived.length ? old : { ...old, waiting: arrived.length }));
        return;
      }
      if (arrived.length === 0) return;
      waiting.current = [];
      serial.current += arrived.length;
      const from = serial.current;
      setView((old) => ({ ...old, waiting: 0, entries: prepend(old.entries, arrived, from) }));
    }, GATHER_MS);
    const counter = setInterval(() => {
      const rate = (counted / RATE_MS) * 1_000;
      counted = 0;
      setView((old) => (old.rate === rate ? old : { ...old, rate }));
    }, RATE_MS);
    return () => {
      clearInterval(timer);
      clearInterval(counter);
      stop();
    };
  }, [query, on]);

  const clear = () => {
    waiting.current = [];
    setView((old) => ({ ...old, entries: [], waiting: 0 }));
  };
  return { ...(on ? view : OFF), clear };
}
