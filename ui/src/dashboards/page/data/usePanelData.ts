// The data of one panel: asked when it is visible, kept on the screen while it is asked again, with all options applied.
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { queryExemplars } from "../../../api/prometheus/exemplars";
import type { Mark } from "../../../charts/plugins/marks";
import type { Annotation } from "../../annotations/annotation";
import type { DataFrame } from "../../data/frame";
import { keptHere } from "../../data/written";
import { applyFieldOptions } from "../../field/apply";
import type { Panel } from "../../model/types";
import { WITHOUT_QUERIES } from "../../panels/PanelBody";
import type { Plan, Planned } from "../../query/plan";
import { type PanelData, runPlan } from "../../query/run";
import { apart } from "../../transform/topics";
import { transform } from "../../transform/transform";
import type { Lookup } from "../../variables/interpolate";
import { filledPanel } from "./filled";

export interface Loaded {
  readonly frames: readonly DataFrame[];
  readonly raw: readonly DataFrame[];
  readonly loading: boolean;
  readonly pending: boolean;
  readonly error: unknown;
  readonly notes: readonly string[];
  /** Exemplars of the queries that ask for them. */
  readonly marks: readonly Mark[];
  /** Events that transformations make of answers. */
  readonly events: readonly Annotation[];
  /** How long the answer took, milliseconds. */
  readonly tookMs: number | undefined;
  readonly retry: () => void;
  /** Gives up what is asked; what was shown before stays. */
  readonly cancel: () => void;
  /** It was given up, and nothing was shown before. */
  readonly cancelled: boolean;
}

const EMPTY: PanelData = { frames: [], warnings: [] };
const NO_QUERIES: readonly Planned[] = [];

export function usePanelData(
  panel: Panel,
  plan: Plan | undefined,
  lookup: Lookup,
  now: number,
  visible: boolean,
): Loaded {
  const silent = WITHOUT_QUERIES.has(panel.type ?? "");
  const kept = useMemo(
    () => (panel.kept === undefined ? undefined : { frames: keptHere(panel.kept, lookup), warnings: [] }),
    [panel.kept, lookup],
  );
  const queries = kept === undefined ? (plan?.queries ?? NO_QUERIES) : NO_QUERIES;
  const bare = panel.transformations.every((one) => one.disabled);
  const client = useQueryClient();
  const queryKey = ["panel", panel.type, bare, queries, now];
  const enabled = visible && !silent && queries.length > 0;
  const result = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const begun = performance.now();
      const answer = await runPlan(queries, panel.type, bare, signal);
      return { ...answer, tookMs: performance.now() - begun };
    },
    enabled,
    placeholderData: keepPreviousData,
  });
  const asked = useMarks(queries, now, visible);
  const data = kept ?? (queries.length === 0 ? EMPTY : (result.data ?? EMPTY));
  const { transformations, defaults, overrides } = useMemo(() => filledPanel(panel, lookup), [panel, lookup]);
  const { frames, told, unmade } = useMemo(() => {
    const made = transform(data.frames, transformations);
    const told = apart(made.frames);
    return { frames: applyFieldOptions(told.frames, defaults, overrides), told, unmade: made.notes };
  }, [data, transformations, defaults, overrides]);
  const marks = useMemo(() => (told.marks.length === 0 ? asked : [...asked, ...told.marks]), [asked, told]);
  const notes = [...(kept === undefined ? (plan?.refused ?? []) : []), ...unmade, ...data.warnings];
  return {
    frames,
    raw: data.frames,
    loading: result.isFetching,
    pending:
      !silent && (plan === undefined || (queries.length > 0 && result.data === undefined && result.error === null)),
    error: result.error,
    notes,
    marks,
    events: told.events,
    tookMs: result.data?.tookMs,
    retry: () => void result.refetch(),
    cancel: () => void client.cancelQueries({ queryKey, exact: true }),
    cancelled: enabled && result.isPending && result.fetchStatus === "idle",
  };
}

const NO_MARKS: readonly Mark[] = [];

/** Exemplars are asked beside the values, so that no chart waits for them; without them a chart is whole too. */
function useMarks(queries: readonly Planned[], now: number, visible: boolean): readonly Mark[] {
  const asked = queries.filter((one) => one.exemplars && one.signal === "metrics" && one.mode === "range");
  const found = useQuery({
    queryKey: ["panel-exemplars", asked.map((one) => [one.expr, one.startMs, one.endMs]), now],
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(asked.map((one) => queryExemplars(one.expr, one.startMs, one.endMs, signal)));
      return answers
        .flat()
        .flatMap(({ traceId, time, value }): Mark[] =>
          traceId === undefined ? [] : [{ time, value, id: traceId, label: traceId }],
        );
    },
    enabled: visible && asked.length > 0,
    placeholderData: keepPreviousData,
  });
  return asked.length === 0 ? NO_MARKS : (found.data ?? NO_MARKS);
}
