// Traces that a query found, as a table. Columns have the names that dashboards hide and rename them by, and a trace opens from its id.
import type { TraceSummary } from "../../api/tempo/search";
import type { FieldOptions } from "../model/types";
import { type DataFrame, type FieldType, makeField } from "./frame";

interface Column {
  readonly name: string;
  readonly shown: string;
  readonly type: FieldType;
  readonly of: (trace: TraceSummary) => unknown;
  readonly config?: Partial<FieldOptions>;
}

const COLUMNS: readonly Column[] = [
  { name: "traceID", shown: "Trace ID", type: "string", of: (one) => one.id },
  { name: "startTime", shown: "Start time", type: "time", of: (one) => one.start },
  { name: "traceService", shown: "Service", type: "string", of: (one) => one.rootService },
  { name: "traceName", shown: "Name", type: "string", of: (one) => one.rootName },
  { name: "traceDuration", shown: "Duration", type: "number", of: (one) => one.durationMs, config: { unit: "ms" } },
  { name: "spans", shown: "Spans", type: "number", of: (one) => one.spans ?? one.matched, config: { unit: "none" } },
];

export function tracesFrame(refId: string, traces: readonly TraceSummary[], tenant = ""): DataFrame {
  const inTenant = tenant === "" ? "" : `&tenant=${encodeURIComponent(tenant)}`;
  const url = `/explore?signal=traces&trace=\${__value.raw}&\${__url_time_range}${inTenant}`;
  const links = [{ title: "Open the trace", url, newTab: false }];
  return {
    refId,
    fields: COLUMNS.map(({ name, shown, type, of, config }) => ({
      ...makeField(name, type, traces.map(of)),
      config: { custom: {}, displayName: shown, ...config, ...(name === "traceID" ? { links } : {}) },
    })),
  };
}
