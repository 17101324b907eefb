import { expect, it } from "vitest";
import { decodeAgents } from "../../api/oriel/agents";
import { byNeed, stateOf, waiting } from "./registered";

const answer = {
  now: 100_000,
  agents: [
    {
      report: { id: "a", name: "alpha", targets: { up: 2 }, deliveries: [{ signal: "logs", waiting: 5 }] },
      last_seen: 99_000,
    },
    {
      report: { id: "b", deliveries: [{ signal: "logs", waiting: 7, last_error: "503" }, { signal: "metrics" }] },
      last_seen: 99_000,
    },
    { report: { id: "c", name: "gone" }, last_seen: 1_000 },
    { report: { id: "d", name: "delta", targets: { up: 1, down: 2 } }, last_seen: 99_000 },
    7,
  ],
};

it("says how agents are, those that need someone first", () => {
  const { now, agents } = decodeAgents(answer);
  expect(byNeed(agents, now).map((one) => [one.name, stateOf(one, now).words])).toEqual([
    ["b", "cannot deliver logs"],
    ["delta", "2 of 3 targets down"],
    ["", "silent"],
    ["gone", "silent"],
    ["alpha", "well"],
  ]);
  expect(agents.map(waiting).slice(0, 2)).toEqual([5, 7]);
});
