// Which of this server's signals a data source of a dashboard means. The server itself is every data source: a name that
// nobody knows here means the one of its kind.
import type { Panel, SourceRef, Target, VariableOption } from "../model/types";
import { interpolate, type Lookup } from "../variables/interpolate";
import { readPattern } from "../variables/options";

export type Signal = "metrics" | "logs" | "traces";

export interface Source {
  readonly uid: string;
  readonly name: string;
  readonly signal: Signal;
  readonly type: string;
}

/** What this server offers, under the uids that its API answers to. */
export const SOURCES: readonly Source[] = [
  { uid: "oriel-metrics", name: "Oriel metrics", signal: "metrics", type: "prometheus" },
  { uid: "oriel-logs", name: "Oriel logs", signal: "logs", type: "loki" },
  { uid: "oriel-traces", name: "Oriel traces", signal: "traces", type: "tempo" },
];

const TYPES: Readonly<Record<string, Signal>> = {
  prometheus: "metrics",
  "victoriametrics-metrics-datasource": "metrics",
  "victoriametrics-datasource": "metrics",
  mimir: "metrics",
  loki: "logs",
  tempo: "traces",
};

/** Sources that hold no query for a server: text panels, lists. */
const OWN = ["-- Grafana --", "grafana", "-- Dashboard --", "-- Mixed --"];

export type Resolved = Signal | { readonly unsupported: string };

/** Options of a variable that chooses among sources of one type, those whose name fits a pattern. A pattern of another
 * installation fits none of the names here: then it is not about them. */
export function sourceOptions(type: string, pattern = ""): VariableOption[] {
  const signal = TYPES[type];
  if (signal === undefined) return [{ text: type, value: type }];
  const all = SOURCES.filter((one) => one.signal === signal).map((one) => ({ text: one.name, value: one.uid }));
  const regex = readPattern(pattern);
  const fitting = regex === undefined ? all : all.filter((one) => one.text.search(regex) >= 0);
  return fitting.length === 0 ? all : fitting;
}

export function resolveSource(
  panel: Pick<Panel, "source">,
  target: Pick<Target, "source" | "expr" | "queryType"> | undefined,
  lookup: Lookup,
): Resolved {
  const own = target?.source;
  const ref = own === undefined || isMixed(own) ? (own ?? panel.source) : own;
  return resolveRef(ref ?? panel.source, lookup) ?? guess(target?.expr ?? "");
}

function isMixed(ref: SourceRef): boolean {
  return ref.uid === "-- Mixed --";
}

function resolveRef(ref: SourceRef | undefined, lookup: Lookup): Resolved | undefined {
  if (ref === undefined) return undefined;
  const uid = ref.uid === undefined ? undefined : interpolate(ref.uid, lookup, "plain");
  const known = SOURCES.find((one) => one.uid === uid || one.name === uid);
  if (known !== undefined) return known.signal;
  if (uid !== undefined && OWN.includes(uid)) return undefined;
  const byType = ref.type === undefined ? undefined : TYPES[ref.type];
  if (byType !== undefined) return byType;
  if (ref.type !== undefined && !ref.type.includes("$") && ref.type !== "datasource") return { unsupported: ref.type };
  const byUid = uid === undefined ? undefined : TYPES[uid];
  if (byUid !== undefined) return byUid;
  // The value of a source variable whose type this server does not have.
  if (uid !== undefined && /^[a-z]+(-[a-z]+)*-datasource$/.test(uid)) return { unsupported: uid };
  const name = (ref.uid ?? "").toLowerCase();
  if (/loki|logs/.test(name)) return "logs";
  if (/tempo|trace/.test(name)) return "traces";
  return undefined;
}

/** A stream selector at the start of an expression and no metric name: logs. */
function guess(expr: string): Signal {
  const text = expr.trim();
  if (/^\{[^}]*\}\s*(\|[=~>]|\|\s*(json|logfmt|line_format|pattern|regexp)|!=|!~|$)/.test(text)) return "logs";
  if (/\(\s*\{[^}]*\}\s*(\|[^)]*)?\[[^\]]+\]/.test(text) && /count_over_time|bytes_over_time|rate/.test(text))
    return "logs";
  return "metrics";
}
