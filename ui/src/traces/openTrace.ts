// One trace, read and laid out beside the page: GET /tempo/api/v2/traces/ID.
import { getBytes } from "../api/http";
import type { Trace } from "../api/tempo/trace";
import { parse, startThread } from "../workers/parser";
import { unpackTrace } from "./packed";
import type { CriticalPath } from "./trace/criticalPath";
import type { Layout } from "./trace/layout";

export interface OpenedTrace {
  readonly trace: Trace;
  readonly layout: Layout;
  readonly critical: CriticalPath;
}

const pathOf = (id: string) => `/tempo/api/v2/traces/${encodeURIComponent(id)}`;

export async function openTrace(id: string, signal?: AbortSignal): Promise<OpenedTrace> {
  const bytes = await getBytes(pathOf(id), { signal, onSize: startThread });
  const { packed, layout, critical } = await parse("trace", bytes, undefined);
  return { trace: unpackTrace(packed), layout, critical };
}

/** The trace as the server writes it. */
export async function traceText(id: string): Promise<string> {
  return new TextDecoder().decode(await getBytes(pathOf(id)));
}
