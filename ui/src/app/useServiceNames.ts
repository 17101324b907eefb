// Asks which services there are, once the page has what it came for, so that each has its own colour on every page.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { lokiLabelValues } from "../api/loki/labels";
import { labelValues } from "../api/prometheus/labels";
import { tagValues } from "../api/tempo/tags";
import { learnServices } from "../charts/colors/serviceHues";

/** Colours may wait; what the page shows may not. */
const LATER_MS = 800;
const FRESH_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

export function useServiceNames(allowed: boolean): void {
  const [isLater, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({
    queryKey: ["service-names"],
    queryFn: ({ signal }) => ask(signal),
    enabled: allowed && isLater,
    staleTime: FRESH_MS,
    retry: false,
  });
  useEffect(() => {
    if (data !== undefined) learnServices(data.names, data.areAll);
  }, [data]);
}

interface Names {
  readonly names: readonly string[];
  /** Every signal answered. */
  readonly areAll: boolean;
}

/** Jobs, services that log and services that trace. One signal without an answer takes nobody's colour. */
async function ask(signal: AbortSignal): Promise<Names> {
  const to = Date.now();
  const range = { from: to - DAY_MS, to };
  const answers = await Promise.allSettled([
    labelValues("job", undefined, signal),
    lokiLabelValues("service_name", undefined, range, signal),
    tagValues("resource.service.name", range, signal).then((values) => values.map((one) => one.value)),
  ]);
  const known = answers.filter((one) => one.status === "fulfilled");
  return { names: known.flatMap((one) => one.value), areAll: known.length === answers.length };
}
