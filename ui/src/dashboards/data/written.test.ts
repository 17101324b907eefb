import { expect, it } from "vitest";
import { keptFrames, writtenFrame } from "./written";

it("reads frames with what JSON has no number for", () => {
  const fields = [
    { name: "Time", type: "time" },
    { name: "Value", type: "number", labels: { job: "a" }, config: { displayNameFromDS: "a" } },
  ];
  const data = {
    values: [
      [1, 2, 3],
      [4, null, null],
    ],
    entities: [null, { NaN: [1], NegInf: [2], Inf: [9] }],
  };
  const frame = writtenFrame({ schema: { refId: "B", fields }, data });
  expect(frame.refId).toBe("B");
  expect(frame.fields[1]).toMatchObject({ legend: "a", labels: { job: "a" } });
  expect(frame.fields[1]?.values).toEqual([4, Number.NaN, Number.NEGATIVE_INFINITY]);
});

it("finds what a snapshot keeps, as it is written now and before", () => {
  const schema = { refId: "A", fields: [{ name: "Value", type: "number" }] };
  const target = { refId: "A", queryType: "snapshot", snapshot: [{ schema, data: { values: [[7]] } }] };
  expect(keptFrames({ targets: [target] })?.[0]?.fields[0]?.values).toEqual([7]);
  const old = { refId: "C", fields: [{ name: "Value", type: "number", values: [8], config: {} }] };
  const [frame] = keptFrames({ snapshotData: [old], targets: [] }) ?? [];
  expect([frame?.refId, frame?.fields[0]?.values]).toEqual(["C", [8]]);
  expect(keptFrames({ snapshotData: [] })).toEqual([]);
  expect(keptFrames({ targets: [{ refId: "A", expr: "up" }] })).toBeUndefined();
});
