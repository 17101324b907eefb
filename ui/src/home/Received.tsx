// Beside a snippet: what arrived the way that it sends, counted live, so that one sees the first request come in.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryInstant } from "../api/prometheus/query";
import { count, whole } from "../format/number";
import styles from "./home.module.css";
import { type Counted, DOORS_QUERY, ROUTES_QUERY, receivedOf } from "./received";

/** Quick enough for someone who just started a sender. */
const POLL_MS = 3_000;

async function fetchCounted(signal: AbortSignal): Promise<Counted> {
  const ask = async (query: string, label: string) => {
    const { rows } = await queryInstant(query, Date.now(), signal);
    return new Map(rows.map((row) => [row.labels[label] ?? "", row.value]));
  };
  const [doors, routes] = await Promise.all([ask(DOORS_QUERY, "door"), ask(ROUTES_QUERY, "span_name")]);
  return { doors, routes };
}

export function Received({ snippet }: { snippet: string }) {
  const [first, setFirst] = useState<Counted>();
  const answer = useQuery({
    queryKey: ["received"],
    queryFn: ({ signal }) => fetchCounted(signal),
    refetchInterval: POLL_MS,
    // A server that keeps no telemetry of its own has nothing to tell here.
    retry: false,
  });
  if (first === undefined && answer.data !== undefined) setFirst(answer.data);
  if (answer.data === undefined || first === undefined) return null;
  const now = receivedOf(snippet, answer.data);
  const before = receivedOf(snippet, first) ?? 0;
  if (now === undefined) return null;
  const fresh = Math.max(0, now - before);
  return (
    <span className={styles.received} aria-live="polite" data-testid="received" data-fresh={fresh > 0}>
      <span className={styles.light} data-open={now > 0} />
      {now === 0
        ? "Waiting for the first request"
        : fresh > 0
          ? `Received: ${count(fresh, "request")} since you look`
          : `${whole(now)} received before, none since you look`}
    </span>
  );
}
