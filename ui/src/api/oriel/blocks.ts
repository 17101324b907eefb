// GET /api/oriel/v1/blocks: what is published, the newest first.
import { list, number, record, text } from "../decode";
import { getJson } from "../http";

export interface Block {
  readonly id: string;
  readonly signal: string;
  /** 0 for a flush, higher for merges. */
  readonly level: number;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly rows: number;
  readonly bytes: number;
}

export interface Blocks {
  /** Of all blocks, also those that are not listed. */
  readonly count: number;
  readonly bytes: number;
  readonly blocks: readonly Block[];
}

export async function fetchBlocks(signal?: AbortSignal): Promise<Blocks> {
  const answer = record(await getJson("/api/oriel/v1/blocks", { signal }));
  const blocks = list(answer.blocks).map((value): Block => {
    const one = record(value);
    const figure = (name: string) => number(one[name]) ?? 0;
    return {
      id: text(one.id),
      signal: text(one.signal),
      level: figure("level"),
      start: figure("start"),
      end: figure("end"),
      rows: figure("rows"),
      bytes: figure("bytes"),
    };
  });
  return { count: number(answer.count) ?? blocks.length, bytes: number(answer.bytes) ?? 0, blocks };
}
