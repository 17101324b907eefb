import { expect, it } from "vitest";
import { filledLinks } from "../panels/links/dataLinks";
import { displayNames } from "./frame";
import { tracesFrame } from "./traces";

it("lists traces under the names of their columns, and opens one from its id", () => {
  const trace = { id: "ab12", start: 5, rootService: "shop", rootName: "GET /", durationMs: 7, matched: 2 };
  const frame = tracesFrame("A", [trace] as never, "team");
  const names = displayNames([frame]);
  expect(frame.fields.map((one) => [one.name, names.get(one), one.values[0], one.config.unit])).toEqual([
    ["traceID", "Trace ID", "ab12", undefined],
    ["startTime", "Start time", 5, undefined],
    ["traceService", "Service", "shop", undefined],
    ["traceName", "Name", "GET /", undefined],
    ["traceDuration", "Duration", 7, "ms"],
    ["spans", "Spans", 2, "none"],
  ]);
  const [field] = frame.fields;
  if (field === undefined) throw new Error("no field");
  const lookup = (name: string) =>
    name === "__url_time_range" ? { values: ["from=1&to=2"], texts: [], many: false } : undefined;
  const [link] = filledLinks({ field, frame, row: 0, value: "ab12", words: "ab12", name: "Trace ID" }, lookup);
  expect(link?.href).toBe("explore?signal=traces&trace=ab12&from=1&to=2&tenant=team");
});
