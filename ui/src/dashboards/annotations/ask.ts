// Asks for the events of one annotation query.
import { queryAnnotations } from "../../api/dashboards/annotations";
import { nanos } from "../../api/loki/nanos";
import { queryLines } from "../../api/loki/query";
import { queryRange } from "../../api/oriel/range";
import type { Range } from "../../time/range";
import { alignRange, chartStep } from "../../time/step";
import type { AnnotationQuery, Dashboard } from "../model/types";
import { readDuration } from "../query/duration";
import { resolveSource } from "../query/source";
import { interpolate, type Lookup } from "../variables/interpolate";
import { type Annotation, eventsKept, eventsOfGrid, eventsOfLines, MOST_EVENTS } from "./annotation";

/** Events finer than this are one event on a page. */
const POINTS = 1_000;
const USUAL_STEP_MS = 60_000;

export interface AskedEvents {
  readonly query: AnnotationQuery;
  readonly dashboard: Pick<Dashboard, "uid">;
  readonly range: Range;
  readonly lookup: Lookup;
}

export async function askEvents(asked: AskedEvents, signal: AbortSignal): Promise<Annotation[]> {
  const { query, range, lookup } = asked;
  if (query.kept !== undefined) return eventsKept(query, query.kept);
  if (query.kind === "stored") return askStored(asked, signal);
  if (query.expr.trim() === "") return [];
  const expr = interpolate(query.expr, lookup, "query").trim();
  const source = resolveSource({ source: query.source }, { source: undefined, expr, queryType: "" }, lookup);
  if (source === "logs" && expr.startsWith("{")) {
    const ask = { query: expr, start: nanos(range.from), end: nanos(range.to), limit: query.limit };
    return eventsOfLines(query, (await queryLines(ask, signal)).entries);
  }
  if (source !== "metrics") return [];
  const asStep = readDuration(interpolate(query.step, lookup, "plain"));
  const stepMs = chartStep(range, POINTS, asStep ?? Math.min(USUAL_STEP_MS, (range.to - range.from) / POINTS));
  const ends = alignRange(range, stepMs);
  const { frame } = await queryRange("metrics", { expr, startMs: ends.from, endMs: ends.to, stepMs }, signal);
  return eventsOfGrid(query, frame, stepMs);
}

async function askStored({ query, dashboard, range, lookup }: AskedEvents, signal: AbortSignal): Promise<Annotation[]> {
  if (!query.byTags && dashboard.uid === "") return [];
  const found = await queryAnnotations(
    {
      from: range.from,
      to: range.to,
      dashboardUid: query.byTags ? undefined : dashboard.uid,
      tags: query.byTags ? query.tags.map((one) => interpolate(one, lookup, "plain")) : [],
      anyTag: query.anyTag,
      limit: Math.min(MOST_EVENTS, query.limit),
    },
    signal,
  );
  return found.map((one) => ({
    id: one.id,
    query: query.name,
    time: one.time,
    timeEnd: one.timeEnd,
    title: "",
    text: one.text,
    tags: one.tags,
    color: query.color,
    dashboardUid: one.dashboardUid,
    // A question by tags finds events of other dashboards; their panels are not those here.
    panelId: query.byTags || one.panelId === 0 ? undefined : one.panelId,
  }));
}
