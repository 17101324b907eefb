// How an agent is, in one word, from what it said and when. Pure.
import type { RegisteredAgent } from "../../api/oriel/agents";

export type AgentState = "well" | "trouble" | "silent";

/** It reports every 15 seconds: four reports are missing. */
const SILENT_MS = 60_000;

export function stateOf(agent: RegisteredAgent, now: number): { state: AgentState; words: string } {
  if (now - agent.lastSeen > SILENT_MS) return { state: "silent", words: "silent" };
  const failed = agent.deliveries.filter((one) => one.lastError !== "");
  if (failed.length > 0)
    return { state: "trouble", words: `cannot deliver ${failed.map((one) => one.signal).join(", ")}` };
  if (agent.down > 0) return { state: "trouble", words: `${agent.down} of ${agent.up + agent.down} targets down` };
  return { state: "well", words: "well" };
}

const RANK: Readonly<Record<AgentState, number>> = { trouble: 0, silent: 1, well: 2 };

/** Those that need someone first. */
export function byNeed(agents: readonly RegisteredAgent[], now: number): RegisteredAgent[] {
  return [...agents].sort(
    (a, b) =>
      RANK[stateOf(a, now).state] - RANK[stateOf(b, now).state] ||
      a.name.localeCompare(b.name) ||
      a.id.localeCompare(b.id),
  );
}

/** Rows that wait, of all signals. */
export function waiting(agent: RegisteredAgent): number {
  return agent.deliveries.reduce((sum, one) => sum + one.waiting, 0);
}
