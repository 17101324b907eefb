// Events on charts, and how answers of queries become them. Pure.
import { type Json, type Labels, number, text, texts } from "../../api/decode";
import { millis } from "../../api/loki/nanos";
import type { RawEntry } from "../../api/loki/query";
import type { Frame as GridFrame } from "../../api/matrix";
import type { AnnotationQuery } from "../model/types";

export interface Annotation {
  /** Of a stored one; the others have none. */
  readonly id: number | undefined;
  readonly query: string;
  /** Epoch milliseconds. */
  readonly time: number;
  /** The end of a span of time; equal to `time` for a moment. */
  readonly timeEnd: number;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** As the dashboard names it. */
  readonly color: string;
  readonly dashboardUid: string;
  /** Shown on this panel only. */
  readonly panelId: number | undefined;
}

/** More events than this of one query are a colour, not events. */
export const MOST_EVENTS = 1_000;

const FIELD = /\{\{\s*([^{}]+?)\s*\}\}/g;

export function fillFields(format: string, labels: Labels): string {
  return format.replaceAll(FIELD, (_whole, name: string) => labels[name] ?? "");
}

/** Events where a series is above zero; points no further apart than the step are one span of time. */
export function eventsOfGrid(query: AnnotationQuery, grid: GridFrame, stepMs: number): Annotation[] {
  return grid.series
    .flatMap(({ labels, values }) => {
      const moments = values.flatMap((value, index) => {
        if (value === null || !(value > 0)) return [];
        return [query.timeInValue ? Math.floor(value) : (grid.times[index] ?? 0) * 1_000];
      });
      return spansOf(moments, query.timeInValue ? 0 : stepMs).map(([time, timeEnd]) =>
        eventOf(query, labels, time, timeEnd, ""),
      );
    })
    .slice(0, MOST_EVENTS);
}

/** Ascending moments, put together while they are no further apart than `gap`. */
export function spansOf(moments: readonly number[], gap: number): [number, number][] {
  const result: [number, number][] = [];
  for (const at of [...new Set(moments)].sort((a, b) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && gap > 0 && at - last[1] <= gap) last[1] = at;
    else result.push([at, at]);
  }
  return result;
}

/** Each line is one event. */
export function eventsOfLines(query: AnnotationQuery, entries: readonly RawEntry[]): Annotation[] {
  return entries.slice(0, MOST_EVENTS).map((one) => {
    const labels = { ...one.stream, ...one.metadata, ...one.parsed };
    const at = millis(one.ns);
    return eventOf(query, labels, at, at, one.line);
  });
}

/** Events that a snapshot keeps. */
export function eventsKept(query: AnnotationQuery, kept: readonly Json[]): Annotation[] {
  return kept.slice(0, MOST_EVENTS).map((one) => {
    const time = number(one.time) ?? 0;
    return {
      id: undefined,
      query: query.name,
      time,
      timeEnd: number(one.timeEnd) ?? time,
      title: text(one.title),
      text: text(one.text),
      tags: texts(one.tags),
      color: query.color,
      dashboardUid: "",
      panelId: number(one.panelId),
    };
  });
}

function eventOf(query: AnnotationQuery, labels: Labels, time: number, timeEnd: number, line: string): Annotation {
  const title = fillFields(query.titleFormat, labels) || (line === "" ? query.name : "");
  const tags = query.tagKeys.map((key) => labels[key] ?? "").filter((one) => one !== "");
  return {
    id: undefined,
    query: query.name,
    time,
    timeEnd,
    title,
    text: fillFields(query.textFormat, labels) || line,
    tags,
    color: query.color,
    dashboardUid: "",
    panelId: undefined,
  };
}

/** What of all events one panel shows. */
export function eventsOfPanel(
  events: readonly Annotation[],
  queries: readonly AnnotationQuery[],
  panelId: number,
): Annotation[] {
  const allowed = new Set(
    queries
      .filter((one) => one.panels === undefined || one.panels.ids.includes(panelId) !== one.panels.exclude)
      .map((one) => one.name),
  );
  return events.filter(
    (one) => allowed.has(one.query) && (one.panelId === undefined || one.panelId === 0 || one.panelId === panelId),
  );
}
