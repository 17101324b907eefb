import { expect, it } from "vitest";
import { type DataFrame, makeField } from "../../data/frame";
import type { FieldOptions } from "../../model/types";
import { timeTicks } from "../compute/timeTicks";
import { lanesOf, runAt, seenRuns, statesOf } from "./states";

const ask = { dark: true, merge: true };

function frame(values: readonly unknown[], config: Partial<FieldOptions> = {}, custom = {}): DataFrame {
  const type = values.some((one) => typeof one === "string") ? "string" : "number";
  const times = values.map((_, index) => (index + 1) * 1_000);
  const field = { ...makeField("v", type, values), config: { ...config, custom } };
  return { refId: "A", fields: [makeField("Time", "time", times), field] };
}
const spans = (values: readonly unknown[], config?: Partial<FieldOptions>, custom?: object, more = {}) =>
  lanesOf([frame(values, config, custom)], { ...ask, ...more })[0]?.runs.map((one) => [one.from, one.to, one.words]);

it("joins equal neighbours, and the last state lasts on", () => {
  expect(spans([1, 1, 2])).toEqual([
    [1_000, 3_000, "1"],
    [3_000, 4_000, "2"],
  ]);
  expect(spans([1, 1, 2], {}, {}, { until: 9_000 })?.at(-1)).toEqual([3_000, 9_000, "2"]);
  expect(spans([1, 1, 2], {}, {}, { merge: false })).toHaveLength(3);
});

it("ends states at gaps, unless they are joined over", () => {
  expect(spans(["a", null, "a"])).toEqual([
    [1_000, 2_000, "a"],
    [3_000, 4_000, "a"],
  ]);
  expect(spans(["a", null, "a"], {}, { spanNulls: true })).toEqual([[1_000, 4_000, "a"]]);
  expect(spans(["a", null, "a", null, null, null, "b"], {}, { spanNulls: 2_000 })).toEqual([
    [1_000, 4_000, "a"],
    [7_000, 8_000, "b"],
  ]);
});

const thresholds = {
  mode: "absolute" as const,
  steps: [
    { value: Number.NEGATIVE_INFINITY, color: "green" },
    { value: 50, color: "orange" },
    { value: 80, color: "red" },
  ],
};

it("joins numbers on one step of thresholds and tells its ends, mapped ones by their words", () => {
  const config = { thresholds, unit: "percent", color: { mode: "thresholds" } };
  expect(spans([1, 2, 60, 90, 99], config)?.map((one) => one[2])).toEqual(["< 50%", "50% to 80%", "80%+"]);
  const mappings = [{ type: "value" as const, options: { "1": { text: "idle" } } }];
  expect(spans([1, 2, 60], { ...config, mappings })?.map((one) => one[2])).toEqual(["idle", "< 50%", "50% to 80%"]);
});

it("lists what its colours say", () => {
  const config = { thresholds, unit: "percent", color: { mode: "thresholds" } };
  const names = (values: readonly unknown[], own: Partial<FieldOptions>) =>
    statesOf(lanesOf([frame(values, own)], ask), true).map((one) => one.name);
  expect(names([1, 60], config)).toEqual(["< 50%", "50% to 80%", "80%+"]);
  expect(names(["up", "down", "up"], {})).toEqual(["up", "down"]);
  expect(names([1, 2, 3], {})).toEqual([]);
});

it("has one scale of colours for all lanes", () => {
  const two = [frame([10]), frame([100])];
  const [low, high] = lanesOf(two, ask).map((one) => one.runs[0]?.color);
  expect(low).not.toBe(high);
});

it("puts cells of a history around their moments, and leaves hidden fields out", () => {
  expect(spans([1, 1], {}, {}, { merge: false, cells: true })).toEqual([
    [500, 1_500, "1"],
    [1_500, 2_500, "1"],
  ]);
  expect(lanesOf([frame([1], {}, { hideFrom: { viz: true } })], ask)).toEqual([]);
});

it("finds the state of a moment and draws one a pixel", () => {
  const [lane] = lanesOf([frame(["a", "b", "c"])], ask);
  if (lane === undefined) throw new Error("no lane");
  expect(runAt(lane, 2_500)?.words).toBe("b");
  expect(runAt(lane, 99_000)).toBeUndefined();
  expect(seenRuns(lane.runs, (at) => at / 100)).toHaveLength(3);
  expect(seenRuns(lane.runs, (at) => at / 1e5)).toHaveLength(0);
});

it("marks round times that have room", () => {
  const ticks = timeTicks({ from: 1_700_000_123_000, to: 1_700_003_723_000 }, 600);
  expect(ticks.length).toBeGreaterThan(3);
  for (const tick of ticks) expect(tick.at % 600_000).toBe(0);
  expect(timeTicks({ from: 5, to: 5 }, 600)).toEqual([]);
});
