// The traces behind a chart, as diamonds on it. Without an answer the chart has none: it is worth the same.
import { useQuery } from "@tanstack/react-query";
import { queryExemplars } from "../api/prometheus/exemplars";
import { spanExemplars } from "../api/tempo/exemplars";
import type { Mark } from "../charts/plugins/marks";
import type { Signal } from "../explore/search";
import { alignFor, fillIntervals } from "../time/step";
import { useTime } from "../time/TimeContext";
import { stepFor, TILE_PX } from "./useFrame";

const NONE: readonly Mark[] = [];

export function useMarks(signal: Signal, query: string, enabled: boolean, width = TILE_PX): readonly Mark[] {
  const { range, now } = useTime();
  const stepMs = stepFor(signal, range, width);
  const { from, to } = alignFor(signal, range, stepMs);
  const answer = useQuery({
    queryKey: ["marks", signal, query, from, to, stepMs, now],
    queryFn: async ({ signal: abort }): Promise<readonly Mark[]> => {
      const expr = fillIntervals(query, range, stepMs);
      if (signal === "traces") return spanExemplars({ expr, startMs: from, endMs: to, stepMs }, abort);
      const found = await queryExemplars(expr, from, to, abort);
      return found.flatMap(({ time, value, traceId: id }) =>
        id === undefined ? [] : [{ time, value, id, label: id }],
      );
    },
    enabled: enabled && query !== "",
    retry: false,
    placeholderData: (before, last) => (last?.queryKey[2] === query ? before : undefined),
  });
  return answer.data ?? NONE;
}
