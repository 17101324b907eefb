// What the server says about itself, shared by the bar and Home.
import { useQuery } from "@tanstack/react-query";
import { fetchStatus } from "../api/oriel/status";

export function useStatus(everyMs: number | false = false) {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => fetchStatus(signal),
    refetchInterval: everyMs,
    staleTime: 1_000,
  });
}
