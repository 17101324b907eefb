import { expect, it } from "vitest";
import { decodeDropped, decodeSteps, decodeTargets } from "../../api/prometheus/targets";
import { shownDropped, shownTargets } from "./shownTargets";

const target = (job: string, health: string, labels = {}, lastError = "") => ({
  scrapePool: job,
  scrapeUrl: `http://${job}:9100/metrics`,
  health,
  labels,
  lastError,
});
const targets = decodeTargets({
  data: {
    activeTargets: [
      target("b", "up", { zone: "eu" }),
      target("c", "unknown"),
      target("a", "down", {}, "connection refused"),
    ],
  },
});
const jobs = (...how: [Parameters<typeof shownTargets>[1], string]) =>
  shownTargets(targets, ...how).map((one) => one.job);

it("lists those that are not up first, and finds by any words", () => {
  expect(jobs("all", "")).toEqual(["a", "c", "b"]);
  expect([jobs("up", ""), jobs("down", "")]).toEqual([["b"], ["a", "c"]]);
  expect([jobs("all", "REFUSED"), jobs("all", 'zone="eu" 9100'), jobs("all", "eu refused")]).toEqual([
    ["a"],
    ["b"],
    [],
  ]);
});

it("reads dropped ones and their steps as far as they go", () => {
  const { dropped, droppedCount } = decodeDropped({
    data: { droppedTargets: [{ scrapePool: "a", discoveredLabels: { x: "1" } }, 7], droppedTargetCounts: { a: 9 } },
  });
  expect([droppedCount, shownDropped(dropped, 'x="1"').length]).toEqual([9, 1]);
  const steps = decodeSteps({
    data: { steps: [{ rule: { action: "drop", source_labels: ["x"] }, output: { x: "1" }, keep: false }, null] },
  });
  expect(steps[0]).toEqual({ rule: 'action: drop, source_labels: ["x"]', output: { x: "1" }, keep: false });
  expect(steps[1]).toEqual({ rule: "", output: {}, keep: true });
});
