// GET /api/oriel/v1/agents: collectors that report themselves. DELETE /api/oriel/v1/agents/ID forgets one.
import { list, number, record, text } from "../decode";
import { getJson, sendJson } from "../http";

export interface Delivery {
  readonly signal: string;
  readonly url: string;
  /** Rows since the agent's start. */
  readonly sent: number;
  readonly refused: number;
  /** Rows that wait for an answer now. */
  readonly waiting: number;
  readonly lastError: string;
}

export interface FailingTarget {
  readonly job: string;
  readonly url: string;
  readonly error: string;
}

export interface RegisteredAgent {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly started: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly configHash: string;
  /** YAML without secrets. */
  readonly config: string;
  readonly up: number;
  readonly down: number;
  readonly unknown: number;
  readonly failing: readonly FailingTarget[];
  readonly deliveries: readonly Delivery[];
  readonly memoryBytes: number;
}

export interface Agents {
  /** The server's clock, epoch milliseconds. */
  readonly now: number;
  readonly agents: readonly RegisteredAgent[];
}

export function decodeAgents(value: unknown): Agents {
  const answer = record(value);
  return { now: number(answer.now) ?? 0, agents: list(answer.agents).map(decodeAgent) };
}

function decodeAgent(value: unknown): RegisteredAgent {
  const known = record(value);
  const report = record(known.report);
  const targets = record(report.targets);
  return {
    id: text(report.id),
    name: text(report.name) || text(report.id),
    version: text(report.version),
    started: number(report.started) ?? 0,
    firstSeen: number(known.first_seen) ?? 0,
    lastSeen: number(known.last_seen) ?? 0,
    configHash: text(report.config_hash),
    config: text(report.config),
    up: number(targets.up) ?? 0,
    down: number(targets.down) ?? 0,
    unknown: number(targets.unknown) ?? 0,
    failing: list(report.failing).map((one) => {
      const target = record(one);
      return { job: text(target.job), url: text(target.url), error: text(target.error) };
    }),
    deliveries: list(report.deliveries).map((one) => {
      const lane = record(one);
      return {
        signal: text(lane.signal),
        url: text(lane.url),
        sent: number(lane.sent) ?? 0,
        refused: number(lane.refused) ?? 0,
        waiting: number(lane.waiting) ?? 0,
        lastError: text(lane.last_error),
      };
    }),
    memoryBytes: number(report.memory_bytes) ?? 0,
  };
}

export async function fetchAgents(signal?: AbortSignal): Promise<Agents> {
  return decodeAgents(await getJson("/api/oriel/v1/agents", { signal }));
}

export async function forgetAgent(id: string): Promise<void> {
  await sendJson("DELETE", `/api/oriel/v1/agents/${encodeURIComponent(id)}`);
}
