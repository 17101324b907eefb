// Expressions over the answers of queries: the server computes them, and tells their answers as data frames.
import { type Json, labels, list, number, record, text } from "../../api/decode";
import { ApiError, postStream } from "../../api/http";
import { type DataFrame, type Field, type FieldType, makeField } from "../data/frame";
import type { Planned } from "./plan";

export async function askExpressions(
  { batch = [], startMs, endMs }: Planned,
  signal: AbortSignal,
): Promise<DataFrame[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const body = { from: String(startMs), to: String(endMs), queries: batch };
  try {
    await postStream("/api/ds/query", body, signal, (bytes) => parts.push(bytes.slice()));
  } catch (cause) {
    // A refusal holds its reason beside the answers of the others.
    if (cause instanceof ApiError && cause.message.startsWith('{"results"')) framesOf(JSON.parse(cause.message));
    throw cause;
  }
  return framesOf(JSON.parse(await new Blob(parts).text()));
}

/**
 * The frames of all answers, in the order of their queries.
 *
 * @throws {ApiError} with the first answer that is none.
 */
export function framesOf(answer: unknown): DataFrame[] {
  return Object.entries(record(record(answer).results)).flatMap(([refId, one]) => {
    const { error, frames, status } = record(one);
    if (typeof error === "string") throw new ApiError(error, number(status) ?? 400);
    return list(frames).map((frame) => frameOf(refId, record(frame)));
  });
}

function frameOf(refId: string, frame: Json): DataFrame {
  const columns = list(record(frame.data).values);
  const fields = list(record(frame.schema).fields).map((one, at) => fieldOf(record(one), list(columns[at])));
  return { refId, fields };
}

const TYPES: ReadonlySet<string> = new Set(["time", "number", "string", "boolean"]);

function fieldOf(schema: Json, values: readonly unknown[]): Field {
  const type = (TYPES.has(text(schema.type)) ? schema.type : "other") as FieldType;
  const named = schema.labels === undefined ? undefined : labels(schema.labels);
  const shown = text(record(schema.config).displayNameFromDS);
  return makeField(text(schema.name), type, values, named, shown === "" ? undefined : shown);
}
