// The data of one panel: asked when it is visible, kept on the screen while it is asked again, with all options applied.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { DataFrame } from "../data/frame";
import { applyFieldOptions } from "../field/apply";
import type { Panel } from "../model/types";
import { WITHOUT_QUERIES } from "../panels/PanelBody";
import type { Plan } from "../query/plan";
import { type PanelData, runPlan } from "../query/run";
import { transform } from "../transform/transform";

export interface Loaded {
  readonly frames: readonly DataFrame[];
  readonly raw: readonly DataFrame[];
  readonly loading: boolean;
  readonly pending: boolean;
  readonly error: unknown;
  readonly notes: readonly string[];
  readonly retry: () => void;
}

const EMPTY: PanelData = { frames: [], warnings: [] };

export function usePanelData(panel: Panel, plan: Plan | undefined, now: number, visible: boolean): Loaded {
  const silent = WITHOUT_QUERIES.has(panel.type ?? "");
  const queries = plan?.queries ?? [];
  const result = useQuery({
    queryKey: ["panel", panel.type, queries, now],
    queryFn: ({ signal }) => runPlan(queries, panel.type, signal),
    enabled: visible && !silent && queries.length > 0,
    placeholderData: keepPreviousData,
  });
  const data = queries.length === 0 ? EMPTY : (result.data ?? EMPTY);
  const { frames, unknown } = useMemo(() => {
    const made = transform(data.frames, panel.transformations);
    return { frames: applyFieldOptions(made.frames, panel.defaults, panel.overrides), unknown: made.unknown };
  }, [data, panel.transformations, panel.defaults, panel.overrides]);
  const notes = [
    ...(plan?.refused ?? []),
    ...unknown.map((one) => `The transformation “${one}” is not known here; the data is shown without it.`),
    ...data.warnings,
  ];
  return {
    frames,
    raw: data.frames,
    loading: result.isFetching,
    pending:
      !silent && (plan === undefined || (queries.length > 0 && result.data === undefined && result.error === null)),
    error: result.error,
    notes,
    retry: () => void result.refetch(),
  };
}
