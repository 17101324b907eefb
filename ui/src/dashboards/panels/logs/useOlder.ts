// Lines older than those of the panel's answer, asked for piece by piece as they are scrolled to.
import { useEffect, useRef, useState } from "react";
import { compareNanos, millis } from "../../../api/loki/nanos";
import type { RawEntry } from "../../../api/loki/query";
import type { DataFrame } from "../../data/frame";
import { entriesOf } from "../../data/lines";
import type { Planned } from "../../query/plan";
import { runPlan } from "../../query/run";
import { newEntries } from "./logLines";

export interface Older {
  readonly entries: readonly RawEntry[];
  readonly ask: () => void;
  /** How it goes, for the end of the list. */
  readonly words: string;
}

const NONE: readonly RawEntry[] = [];
/** A panel holds no more lines than this. */
const MOST_LINES = 50_000;

type State = "idle" | "asking" | "done" | "failed";

export function useOlder(frames: readonly DataFrame[], queries: readonly Planned[]): Older {
  const [entries, setEntries] = useState(NONE);
  const [state, setState] = useState<State>("idle");
  const running = useRef<AbortController | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another answer begins anew
  useEffect(() => {
    setEntries(NONE);
    setState("idle");
    return () => {
      running.current?.abort();
      running.current = undefined;
    };
  }, [frames]);
  const ask = () => {
    const logs = queries.filter((one) => one.mode === "logs");
    const known = [...frames.flatMap(entriesOf), ...entries];
    if (running.current !== undefined || state === "done" || logs.length === 0) return;
    if (known.length === 0 || known.length > MOST_LINES) return setState("done");
    const oldest = known.reduce(
      (least, one) => (compareNanos(one.ns, least) < 0 ? one.ns : least),
      known[0]?.ns ?? "0",
    );
    // The answer ends before its end; lines of the same millisecond may be missing still.
    const endMs = Math.floor(millis(oldest)) + 1;
    const stop = new AbortController();
    running.current = stop;
    setState("asking");
    runPlan(
      logs.map((one) => ({ ...one, endMs })),
      "logs",
      true,
      stop.signal,
    ).then(
      (answer) => {
        if (stop.signal.aborted) return;
        running.current = undefined;
        const found = newEntries(known, answer.frames.flatMap(entriesOf));
        setEntries((old) => [...old, ...found]);
        setState(found.length === 0 ? "done" : "idle");
      },
      () => {
        if (stop.signal.aborted) return;
        running.current = undefined;
        setState("failed");
      },
    );
  };
  return { entries, ask, words: WORDS[state] };
}

const WORDS: Readonly<Record<State, string>> = {
  idle: "Scroll on for older lines",
  asking: "Asking for older lines",
  done: "No older lines in this range",
  failed: "Older lines could not be asked for; scroll again to try again",
};
