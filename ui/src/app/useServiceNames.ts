// Asks which services there are, once the page has what it came for and again while it is open, so that each has its own colour on
// every page, new ones too.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { currentTenant } from "../api/http";
import { lokiLabelValues } from "../api/loki/labels";
import { labelValues } from "../api/prometheus/labels";
import { tagValues } from "../api/tempo/tags";
import { huesOf, learnServices } from "../charts/colors/serviceHues";

/** Colours that are known may wait; what the page shows may not. */
const LATER_MS = 800;
const FRESH_MS = 5 * 60_000;
/** A signal that did not answer is asked again sooner. */
const AGAIN_MS = 60_000;
const DAY_MS = 86_400_000;

export function useServiceNames(allowed: boolean): void {
  const [isLater, setLater] = useState(() => !huesOf(currentTenant()).isTold);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({ ...SERVICE_NAMES, enabled: allowed && isLater });
  useEffect(() => {
    if (data !== undefined) learnServices(data.tenant, data.names, data.areAll);
  }, [data]);
}

interface Names {
  /** In whose name it was asked. */
  readonly tenant: string;
  readonly names: readonly string[];
  /** Every signal answered. */
  readonly areAll: boolean;
}

export const SERVICE_NAMES = queryOptions({
  queryKey: ["service-names"],
  queryFn: ({ signal }) => ask(signal),
  staleTime: FRESH_MS,
  refetchInterval: ({ state }) => (state.data?.areAll === true ? FRESH_MS : AGAIN_MS),
  retry: false,
});

/** Jobs, services that log and services that trace. One signal without an answer takes nobody's colour. */
async function ask(signal: AbortSignal): Promise<Names> {
  const tenant = currentTenant();
  const to = Date.now();
  const range = { from: to - DAY_MS, to };
  const answers = await Promise.allSettled([
    labelValues("job", undefined, signal),
    lokiLabelValues("service_name", undefined, range, signal),
    tagValues("resource.service.name", range, signal).then((values) => values.map((one) => one.value)),
  ]);
  const known = answers.filter((one) => one.status === "fulfilled");
  return { tenant, names: known.flatMap((one) => one.value), areAll: known.length === answers.length };
}
