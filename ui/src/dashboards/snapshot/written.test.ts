import { describe, expect, it } from "vitest";
import type { Json } from "../../api/decode";
import type { Annotation } from "../annotations/annotation";
import { makeField } from "../data/frame";
import { keptHere } from "../data/written";
import { parseDashboard } from "../model/parse";
import { choose, fixedOptions, lookupOf, type SettledMap } from "../variables/values";
import { snapshotOf } from "./written";

const OLDER: Json = {
  refresh: "5s",
  templating: {
    list: [
      { name: "host", type: "query", query: "label_values(host)", multi: true, includeAll: true },
      { name: "word", type: "textbox", query: "" },
    ],
  },
  annotations: { list: [{ name: "Deploys", datasource: { type: "prometheus" }, expr: "deploys" }] },
  panels: [{ id: 1, type: "stat", repeat: "host", kept: 1, targets: [{ refId: "A", expr: "up" }] }],
};

const ELEMENTS: Json = {
  apiVersion: "dashboard.grafana.app/v2",
  spec: {
    timeSettings: { autoRefresh: "5s" },
    variables: [
      {
        kind: "QueryVariable",
        spec: {
          name: "host",
          multi: true,
          includeAll: true,
          query: { kind: "DataQuery", group: "prometheus", spec: {} },
        },
      },
    ],
    annotations: [
      { kind: "AnnotationQuery", spec: { name: "Deploys", query: { group: "prometheus", spec: { expr: "deploys" } } } },
    ],
    elements: {
      one: {
        kind: "Panel",
        spec: { id: 1, data: { kind: "QueryGroup", spec: { queries: [] } }, vizConfig: { group: "stat", spec: {} } },
      },
    },
    layout: { kind: "GridLayout", spec: { items: [] } },
  },
};

const EVENT = { query: "Deploys", time: 5, timeEnd: 6, title: "t", text: "x", tags: ["a"] } as unknown as Annotation;

describe.each([
  ["older", OLDER],
  ["elements", ELEMENTS],
])("a snapshot of the form: %s", (_form, json) => {
  const dashboard = parseDashboard(json);
  const variables: SettledMap = new Map(
    dashboard.variables.map((variable) => {
      const options = fixedOptions(variable) ?? ["a, b", "c"].map((value) => ({ text: value, value }));
      return [variable.name, { variable, options, chosen: choose(variable, options, undefined) }];
    }),
  );
  const [panel] = dashboard.panels;
  if (panel === undefined) throw new Error("no panel");
  const kept = ["a, b", "c"].map((host, at) => ({
    panel,
    scope: new Map([["host", host]]),
    frames: [{ refId: "A", fields: [makeField("Value", "number", [at])] }],
  }));
  const shown = { dashboard, variables, events: [EVENT], from: "1000", to: "2000" };
  const made = parseDashboard(JSON.parse(JSON.stringify(snapshotOf(json, shown, kept))));

  it("asks nothing, and says what was chosen", () => {
    const [host] = made.variables;
    expect([host?.kind, host?.options.map((one) => one.value)]).toEqual(["custom", ["a, b", "c"]]);
    expect(host && choose(host, host.options, undefined)).toEqual(["$__all"]);
    expect([made.from, made.to, made.refresh ?? ""]).toEqual(["1000", "2000", ""]);
    expect(made.annotations[0]?.kept).toEqual([{ time: 5, timeEnd: 6, title: "t", text: "x", tags: ["a"] }]);
  });
  it("keeps the answers of each copy of a repeat", () => {
    const of = (host: string) =>
      keptHere(made.panels[0]?.kept ?? [], lookupOf(new Map(), new Map([["host", host]]), undefined));
    expect(["a, b", "c"].map((host) => of(host)[0]?.fields[0]?.values)).toEqual([[0], [1]]);
  });
});
