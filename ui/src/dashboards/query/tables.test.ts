import { expect, it } from "vitest";
import type { PanelType } from "../model/types";
import type { Planned } from "./plan";
import { valueNames } from "./tables";

const query = (refId: string, mode: Planned["mode"], more: Partial<Planned> = {}) =>
  ({ refId, mode, signal: "metrics", format: "time_series", ...more }) as Planned;

const named = (queries: readonly Planned[], type: PanelType = "stat", bare = true) =>
  queries.map(valueNames(queries, type, bare));

it("tells as rows what asks for a table, and names values by their query where there are several", () => {
  const a = query("A", "instant", { format: "table" });
  const b = query("B", "range", { format: "table" });
  expect(named([a])).toEqual(["Value"]);
  expect(named([a, b, query("C", "range")])).toEqual(["Value #A", "Value #B", undefined]);
});

it("tells as rows what a table shows as it comes, and not what is transformed", () => {
  const [one, range] = [query("A", "instant"), query("A", "range")];
  expect([named([one], "table"), named([one], "table", false), named([one])]).toEqual([
    ["Value"],
    [undefined],
    [undefined],
  ]);
  expect(named([range], "table")).toEqual([undefined]);
});

it("tells numbers out of logs at one time as rows everywhere, and lines never", () => {
  const logs = { signal: "logs" } as const;
  expect(named([query("A", "instant", logs)], "piechart", false)).toEqual(["Value #A"]);
  expect(named([query("A", "range", logs), query("B", "logs", { ...logs, format: "table" })])).toEqual([
    undefined,
    undefined,
  ]);
});
