// GET /api/oriel/v1/status: what this server is, where it listens and what arrives. Every field may be missing.
import { list, number, record, text, texts } from "../decode";
import { getJson } from "../http";

export interface Door {
  readonly name: string;
  readonly address: string;
  readonly open: boolean;
}

export interface Ingest {
  readonly samples: number | undefined;
  readonly lines: number | undefined;
  readonly spans: number | undefined;
}

export interface Status {
  readonly version: string | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly doors: readonly Door[];
  readonly logBytes: number | undefined;
  readonly blockBytes: number | undefined;
  readonly blocks: number | undefined;
  readonly diskTotalBytes: number | undefined;
  readonly diskFreeBytes: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly tenants: readonly string[];
  readonly ingest: Ingest;
}

export function decodeStatus(value: unknown): Status {
  const answer = record(value);
  const storage = record(answer.storage);
  const ingest = record(answer.ingest);
  return {
    version: text(answer.version) || undefined,
    uptimeSeconds: number(answer.uptime_seconds),
    doors: list(answer.doors).map((one): Door => {
      const door = record(one);
      return { name: text(door.name), address: text(door.address), open: door.open !== false };
    }),
    logBytes: number(storage.log_bytes),
    blockBytes: number(storage.block_bytes),
    blocks: number(storage.blocks),
    diskTotalBytes: number(storage.disk_total_bytes),
    diskFreeBytes: number(storage.disk_free_bytes),
    memoryBytes: number(answer.memory_bytes),
    tenants: texts(answer.tenants),
    ingest: {
      samples: number(ingest.samples_total),
      lines: number(ingest.lines_total),
      spans: number(ingest.spans_total),
    },
  };
}

export async function fetchStatus(signal?: AbortSignal): Promise<Status> {
  return decodeStatus(await getJson("/api/oriel/v1/status", { signal }));
}
