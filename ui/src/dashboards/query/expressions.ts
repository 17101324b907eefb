// Expressions over the answers of queries: the server computes them, and tells their answers as data frames.
import { list, number, record } from "../../api/decode";
import { ApiError, postStream } from "../../api/http";
import type { DataFrame } from "../data/frame";
import { writtenFrame } from "../data/written";
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
    return list(frames).map((frame) => writtenFrame(record(frame), refId));
  });
}
