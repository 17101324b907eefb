import { describe, expect, it } from "vitest";
import { type DataFrame, makeField } from "../data/frame";
import { parsePanel } from "../model/parse";
import { apart } from "./topics";
import { transform } from "./transform";

const run = (frames: readonly DataFrame[], options: object) =>
  apart(
    transform(frames, [
      { id: "convertFrameType", options: options as Readonly<Record<string, unknown>>, disabled: false },
    ]).frames,
  );

const frame = (...fields: [string, "time" | "number" | "string", unknown[]][]): DataFrame => ({
  refId: "A",
  fields: fields.map(([name, type, values]) => makeField(name, type, values)),
});

describe("frames of another type", () => {
  it("become exemplars, which open their traces", () => {
    const told = run(
      [frame(["Time", "time", [1_000, 2_000]], ["Value", "number", [5, null]], ["traceID", "string", ["ab", "cd"]])],
      {
        targetType: "exemplar",
      },
    );
    expect(told.frames).toEqual([]);
    expect(told.marks).toEqual([{ time: 1, value: 5, id: "ab", label: "ab" }]);
  });

  it("become events by the columns that are named", () => {
    const told = run(
      [
        frame(
          ["Time", "time", [1_000]],
          ["end", "time", [3_000]],
          ["what", "string", ["deploy"]],
          ["tags", "string", ["a, b"]],
        ),
      ],
      {
        targetType: "annotation",
        annotationFieldMapping: { timeEnd: "end", title: "what" },
        annotationOptions: { frameName: "Deployments", colorScheme: { mode: "fixed", fixedColor: "red" } },
      },
    );
    expect(told.events).toMatchObject([
      { query: "Deployments", time: 1_000, timeEnd: 3_000, title: "deploy", tags: ["a", "b"], color: "red" },
    ]);
  });

  it("become spans of time while a number is above zero", () => {
    const told = run([frame(["Time", "time", [0, 10, 20, 30, 40]], ["Value", "number", [0, 1, 1, 0, 2]])], {
      targetType: "timeRegion",
    });
    const spans = [
      [10, 20],
      [40, 40],
    ];
    expect(told.events.map((one) => [one.time, one.timeEnd])).toEqual(spans);
    const newest = run(
      [frame(["Time", "time", [40, 30, 20, 20, 10, null, 0]], ["Value", "number", [2, 0, 1, 1, 1, 1, 0]])],
      { targetType: "timeRegion" },
    );
    expect(newest.events.map((one) => [one.time, one.timeEnd])).toEqual(spans);
  });

  it("are those of one query where the step is for it alone, over the values of the others", () => {
    const value = (refId: string): DataFrame => ({
      ...frame(["Time", "time", [0, 10]], ["Value", "number", [1, 1]]),
      refId,
    });
    const [values, flags] = [value("A"), value("B")];
    const panel = parsePanel({
      transformations: [
        { id: "convertFrameType", filter: { id: "byRefId", options: "B" }, options: { targetType: "timeRegion" } },
      ],
    });
    const told = apart(transform([flags, values], panel.transformations).frames);
    expect(told.frames).toEqual([values]);
    expect(told.events.map((one) => [one.query, one.time, one.timeEnd])).toEqual([["B", 0, 10]]);
    const [step] = panel.transformations;
    const either = step === undefined ? [] : [{ ...step, queries: "/^(?:A|B)$/g" }];
    expect(apart(transform([flags, values], either).frames).events.map((one) => one.query)).toEqual(["B", "A"]);
  });

  it("say why nothing is drawn, but not of answers without rows", () => {
    const notes = (fields: Parameters<typeof frame>, targetType: string) =>
      transform(
        [frame(...fields), frame(...fields)],
        [{ id: "convertFrameType", options: { targetType }, disabled: false }],
      ).notes;
    const events = ["Query A has no column of times that is known: its rows are not drawn as events."];
    expect(notes([["Value", "number", [1]]], "annotation")).toEqual(events);
    expect(notes([["Value", "number", [1]]], "timeRegion")).toEqual(events);
    expect(notes([["Time", "time", [1]]], "exemplar")).toEqual([
      "Query A has no column of numbers: its rows are not drawn as exemplars.",
    ]);
    expect(notes([["what", "string", ["x"]]], "exemplar")).toEqual([
      "Query A has no column of times and none of numbers: its rows are not drawn as exemplars.",
    ]);
    for (const type of ["annotation", "timeRegion", "exemplar"]) {
      expect(notes([["Value", "number", []]], type)).toEqual([]);
      expect(
        notes(
          [
            ["Time", "time", [1]],
            ["Value", "number", [1]],
          ],
          type,
        ),
      ).toEqual([]);
    }
  });

  it("stay what they are without a type, beside those that do not", () => {
    const one = frame(["Time", "time", [1]], ["Value", "number", [1]]);
    expect(run([one], {}).frames).toEqual([one]);
    expect(run([frame(["Value", "number", [1]])], { targetType: "annotation" }).events).toEqual([]);
  });
});
