// Asks the server what a plan says, and gives the answers as frames, lines and traces.

import { list, record, text } from "../../api/decode";
import { currentTenant, getJson } from "../../api/http";
import { nanos } from "../../api/loki/nanos";
import { decodeStreams } from "../../api/loki/query";
import { ask, gridOf, rowsOf, warningsOf } from "../../api/oriel/batch";
import { decodeSearch, type TraceSummary } from "../../api/tempo/search";
import { tagNames, tagValues } from "../../api/tempo/tags";
import { fetchTrace } from "../../api/tempo/trace";
import type { Range } from "../../time/range";
import { flameBoxes } from "../../traces/trace/flame";
import { layoutTrace } from "../../traces/trace/layout";
import { type DataFrame, fromGrid, fromInstantSeries, fromInstantTable, gridAsTable, makeField } from "../data/frame";
import { linesFrame } from "../data/lines";
import { tracesFrame } from "../data/traces";
import type { PanelType } from "../model/types";
import { askExpressions } from "./expressions";
import type { Planned } from "./plan";
import { valueNames } from "./tables";

export interface PanelData {
  readonly frames: readonly DataFrame[];
  readonly warnings: readonly string[];
}

/** `bare`: nothing changes the answers before they are shown. */
export async function runPlan(
  queries: readonly Planned[],
  type: PanelType | undefined,
  bare: boolean,
  signal: AbortSignal,
): Promise<PanelData> {
  const valueName = valueNames(queries, type, bare);
  const answers = await Promise.all(queries.map((query) => runOne(query, type, valueName(query), signal)));
  return {
    frames: answers.flatMap((one) => one.frames),
    warnings: [...new Set(answers.flatMap((one) => one.warnings))],
  };
}

/** With a name for its values, an answer is told as rows. */
async function runOne(
  query: Planned,
  type: PanelType | undefined,
  valueName: string | undefined,
  signal: AbortSignal,
): Promise<PanelData> {
  if (query.mode === "expressions") return { frames: await askExpressions(query, signal), warnings: [] };
  if (query.mode === "logs") return plain(await askLines(query, signal));
  if (query.mode === "traces") {
    return plain(await (type === "flamegraph" ? askFlame(query, signal) : askTraces(query, signal)));
  }
  const { refId, legend, expr } = query;
  if (query.mode === "instant") {
    const answer = await askServer(query, "instant", signal);
    const rows = rowsOf(answer);
    const frame =
      valueName === undefined ? fromInstantSeries(refId, rows, legend, expr) : fromInstantTable(refId, rows, valueName);
    return { frames: [frame], warnings: warningsOf(answer) };
  }
  const answer = await askServer(query, "range", signal);
  const grid = gridOf(answer);
  const frame = valueName === undefined ? fromGrid(refId, grid, legend, expr) : gridAsTable(refId, grid, valueName);
  return { frames: [query.laterMs === undefined ? frame : later(frame, query.laterMs)], warnings: warningsOf(answer) };
}

/** Values of before, at the times that they are compared with. */
function later(frame: DataFrame, ms: number): DataFrame {
  const moved = (value: unknown) => (typeof value === "number" ? value + ms : value);
  return {
    refId: `${frame.refId}-compare`,
    fields: frame.fields.map((one) =>
      one.type === "time" ? { ...one, values: one.values.map(moved) } : { ...one, isBefore: true as const },
    ),
  };
}

const plain = (frame: DataFrame): PanelData => ({ frames: [frame], warnings: [] });

/** Panels that ask in the same moment share one request. */
function askServer(query: Planned, mode: "range" | "instant" | "rows", signal: AbortSignal) {
  const { expr, startMs, endMs, stepMs, limit } = query;
  const more = mode === "rows" ? { limit } : { step: stepMs };
  return ask({ signal: query.signal, mode, query: expr, start: startMs, end: endMs, ...more }, signal);
}

async function askLines(query: Planned, signal: AbortSignal): Promise<DataFrame> {
  const answer = await askServer(query, "rows", signal);
  const data = record(record(answer.kind === "rows" ? answer.body : undefined).data);
  return linesFrame(query.refId, text(data.resultType) === "streams" ? decodeStreams(data.result) : []);
}

/** Traces whose spans go into one flame graph. */
const MOST_FLAMES = 20;

const TRACE_ID = /^\s*[0-9a-f]{16,32}\s*$/i;

/** Where the time of the found traces went, path by path, in depth-first order. */
async function askFlame(query: Planned, signal: AbortSignal): Promise<DataFrame> {
  const ids = TRACE_ID.test(query.expr)
    ? [query.expr.trim()]
    : (await findTraces(query, signal)).slice(0, MOST_FLAMES).map((one) => one.id);
  const spans = (await Promise.all(ids.map((id) => fetchTrace(id, signal)))).flatMap((one) => one.spans);
  const boxes = flameBoxes(spans, layoutTrace(spans));
  const column = <T>(pick: (one: (typeof boxes)[number]) => T) => boxes.map(pick);
  return {
    refId: query.refId,
    fields: [
      makeField(
        "level",
        "number",
        column((one) => one.depth),
      ),
      makeField(
        "label",
        "string",
        column((one) => one.name),
      ),
      makeField(
        "value",
        "number",
        column((one) => one.total),
      ),
      makeField(
        "self",
        "number",
        column((one) => one.self),
      ),
      makeField(
        "service",
        "string",
        column((one) => one.service),
      ),
    ],
  };
}

async function findTraces(query: Planned, signal: AbortSignal): Promise<readonly TraceSummary[]> {
  const answer = await askServer(query, "rows", signal);
  return decodeSearch(answer.kind === "rows" ? answer.body : undefined).traces;
}

async function askTraces(query: Planned, signal: AbortSignal): Promise<DataFrame> {
  return tracesFrame(query.refId, await findTraces(query, signal), currentTenant());
}

/** Attributes are asked for with their scope, or with a dot for any. */
const SCOPED = /^\.|^(span|resource|event|link|instrumentation)\.|:/;
const INTRINSIC = /^(duration|kind|name|status|statusMessage|rootName|rootServiceName|traceDuration)$/;

/** Answers to the question of a variable, as texts. */
export async function askLabelValues(
  signalName: "metrics" | "logs" | "traces",
  label: string,
  selector: string,
  range: Range,
  signal: AbortSignal,
): Promise<string[]> {
  if (signalName === "traces") {
    const field = SCOPED.test(label) || INTRINSIC.test(label) ? label : `.${label}`;
    return (await tagValues(field, range, signal)).map((one) => one.value);
  }
  if (signalName === "logs") {
    const params = { start: nanos(range.from), end: nanos(range.to), ...(selector === "" ? {} : { query: selector }) };
    const path = `/loki/api/v1/label/${encodeURIComponent(label)}/values`;
    return list(record(await getJson(path, { params, signal })).data).map((one) => text(one));
  }
  const params = {
    start: Math.floor(range.from / 1_000),
    end: Math.ceil(range.to / 1_000),
    "match[]": selector === "" ? undefined : selector,
  };
  const path = `/api/v1/label/${encodeURIComponent(label)}/values`;
  return list(record(await getJson(path, { params, signal })).data).map((one) => text(one));
}

export async function askLabelNames(
  signalName: "metrics" | "logs" | "traces",
  selector: string,
  range: Range,
  signal: AbortSignal,
): Promise<string[]> {
  if (signalName === "traces") return [...new Set((await tagNames(range, signal)).flatMap((one) => one.tags))];
  if (signalName === "logs") {
    const params = { start: nanos(range.from), end: nanos(range.to) };
    return list(record(await getJson("/loki/api/v1/labels", { params, signal })).data).map((one) => text(one));
  }
  const params = {
    start: Math.floor(range.from / 1_000),
    end: Math.ceil(range.to / 1_000),
    "match[]": selector === "" ? undefined : selector,
  };
  return list(record(await getJson("/api/v1/labels", { params, signal })).data).map((one) => text(one));
}
