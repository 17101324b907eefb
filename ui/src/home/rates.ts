// What arrives a second, from the counters that the status carries: the difference of two polls over the time between.
// Pure. A counter that fell belongs to a restarted server and starts anew.
import type { Ingest } from "../api/oriel/status";

export interface Poll {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ingest: Ingest;
}

export type Signal = keyof Ingest;

/** Ten minutes of polls every five seconds. */
const MOST_POLLS = 120;

export function withPoll(polls: readonly Poll[], poll: Poll): readonly Poll[] {
  const last = polls.at(-1);
  if (last !== undefined && poll.at <= last.at) return polls;
  return [...polls, poll].slice(-MOST_POLLS);
}

/** One rate between each two polls; null where a counter is missing or fell. */
export function rates(polls: readonly Poll[], signal: Signal): (number | null)[] {
  return polls.slice(1).map((poll, index) => {
    const before = polls[index];
    const now = poll.ingest[signal];
    const then = before?.ingest[signal];
    if (before === undefined || now === undefined || then === undefined || now < then) return null;
    return (now - then) / ((poll.at - before.at) / 1_000);
  });
}
