// /api/annotations: events that people and programs stored.
import { list, number, record, text, texts } from "../decode";
import { getJson, sendJson } from "../http";

export interface StoredAnnotation {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly timeEnd: number;
  readonly text: string;
  readonly tags: readonly string[];
  /** Empty: of the whole organisation. */
  readonly dashboardUid: string;
  readonly panelId: number;
}

export interface AnnotationsAsk {
  /** Epoch milliseconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly dashboardUid?: string | undefined;
  readonly tags?: readonly string[];
  readonly anyTag?: boolean;
  readonly limit: number;
}

export async function queryAnnotations(ask: AnnotationsAsk, signal?: AbortSignal): Promise<StoredAnnotation[]> {
  const params = {
    from: ask.from === undefined ? undefined : Math.floor(ask.from),
    to: ask.to === undefined ? undefined : Math.ceil(ask.to),
    dashboardUID: ask.dashboardUid,
    tags: ask.tags,
    matchAny: ask.anyTag === true ? "true" : undefined,
    limit: ask.limit,
  };
  return list(await getJson("/api/annotations", { params, signal })).map((one) => {
    const item = record(one);
    const time = number(item.time) ?? 0;
    return {
      id: number(item.id) ?? 0,
      time,
      timeEnd: Math.max(time, number(item.timeEnd) ?? time),
      text: text(item.text),
      tags: texts(item.tags),
      dashboardUid: text(item.dashboardUID),
      panelId: number(item.panelId) ?? 0,
    };
  });
}

export interface NewAnnotation {
  readonly dashboardUid: string;
  readonly panelId: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly timeEnd: number;
  readonly text: string;
  readonly tags: readonly string[];
}

export async function addAnnotation(one: NewAnnotation): Promise<void> {
  const { dashboardUid, ...rest } = one;
  await sendJson("POST", "/api/annotations", { ...rest, dashboardUID: dashboardUid });
}

/** Other words for what is stored; its time stays. */
export async function updateAnnotation(id: number, text: string, tags: readonly string[]): Promise<void> {
  await sendJson("PATCH", `/api/annotations/${id}`, { text, tags });
}

export async function removeAnnotation(id: number): Promise<void> {
  await sendJson("DELETE", `/api/annotations/${id}`);
}
