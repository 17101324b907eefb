// What was asked in Explore as a panel of a dashboard: the queries as they are, in the panel that shows such answers. Pure.
import type { Json } from "../../api/decode";
import { letterOf, type Row } from "../../explore/rows";
import { type Signal, SOURCES } from "../query/source";

export interface Explored {
  readonly signal: Signal;
  readonly rows: readonly Row[];
  /** A table of now instead of a chart. */
  readonly isInstant: boolean;
  /** The query of logs or traces asks for numbers over time. */
  readonly isMetric: boolean;
  readonly title: string;
}

export function exploredPanel(explored: Explored): Json {
  const { signal, rows, title } = explored;
  const source = SOURCES.find((one) => one.signal === signal);
  const datasource = { type: source?.type, uid: source?.uid };
  return {
    title,
    type: typeOf(explored),
    datasource,
    targets: rows.map(({ text, hidden, legend, step }, index) => ({
      refId: letterOf(index),
      datasource,
      ...targetOf(explored, text),
      ...(hidden ? { hide: true } : {}),
      ...(legend === "" ? {} : { legendFormat: legend }),
      ...(step === "" ? {} : { interval: step }),
    })),
    fieldConfig: { defaults: {}, overrides: [] },
    options: signal === "logs" && !explored.isMetric ? { showTime: true, sortOrder: "Descending" } : {},
    gridPos: { h: 8, w: 12, x: 0, y: 0 },
  };
}

function typeOf({ signal, isInstant, isMetric }: Explored): string {
  if (signal === "metrics") return isInstant ? "table" : "timeseries";
  if (isMetric) return "timeseries";
  return signal === "logs" ? "logs" : "table";
}

function targetOf({ signal, isInstant }: Explored, query: string): Json {
  if (signal === "traces") return { query, queryType: "traceql", tableType: "traces", limit: 20 };
  if (signal === "logs") return { expr: query, queryType: "range" };
  return isInstant ? { expr: query, instant: true, range: false, format: "table" } : { expr: query, range: true };
}
