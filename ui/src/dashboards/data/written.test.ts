import { expect, it } from "vitest";
import { makeField } from "./frame";
import { keptData, keptHere, keptSpan, snapshotTarget, writtenFrame } from "./written";

const framesOf = (panel: Record<string, unknown>) => keptData(panel)?.flatMap((one) => one.frames);

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
  expect(framesOf({ targets: [target] })?.[0]?.fields[0]?.values).toEqual([7]);
  const old = { refId: "C", fields: [{ name: "Value", type: "number", values: [8], config: {} }] };
  const [frame] = framesOf({ snapshotData: [old], targets: [] }) ?? [];
  expect([frame?.refId, frame?.fields[0]?.values]).toEqual(["C", [8]]);
  expect(framesOf({ snapshotData: [] })).toEqual([]);
  expect(framesOf({ targets: [{ refId: "A", expr: "up" }] })).toBeUndefined();
});

it("keeps what it can read again: numbers that JSON has none for, names, links, the copy of a repeat", () => {
  const links = [{ title: "Open", url: "/x", newTab: true }];
  const fields = [
    makeField("Time", "time", [1_000, 2_000, 3_000]),
    makeField("Value", "number", [Number.NaN, null, Number.POSITIVE_INFINITY], { job: "a" }, "shown"),
    { ...makeField("traceID", "string", ["a", "b", "c"]), config: { custom: {}, unit: "ms", links } },
    { ...makeField("Value", "number", [1, 2, 3]), isBefore: true as const },
  ];
  const target = (host: string) => snapshotTarget("A", [{ refId: "A", fields }], new Map([["host", host]]));
  const panel = JSON.parse(JSON.stringify({ targets: [target("a"), target("b")] }));
  const kept = keptData(panel) ?? [];
  const lookup = (name: string) => (name === "host" ? { values: ["b"], texts: ["b"], many: false } : undefined);
  const here = keptHere(kept, lookup);
  expect(here).toEqual([{ refId: "A", fields }]);
  expect(keptSpan(kept)).toEqual({ from: 1_000, to: 3_000 });
});
