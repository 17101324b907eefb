import { describe, expect, it } from "vitest";
import type { Json } from "../../../api/decode";
import { withGroup } from "../groups/groups";
import { layoutPanels } from "../layout";
import { parseDashboard } from "../parse";
import { wholeView } from "../section";
import { asElements } from "./convert";

const V1: Json = {
  uid: "d",
  title: "Old",
  tags: ["a"],
  schemaVersion: 39,
  graphTooltip: 1,
  refresh: "10s",
  time: { from: "now-1h", to: "now" },
  templating: {
    list: [
      {
        name: "job",
        type: "query",
        query: "label_values(up, job)",
        datasource: { type: "prometheus", uid: "m" },
        multi: true,
      },
      { name: "size", type: "custom", query: "a, b", current: { value: "b" } },
    ],
  },
  annotations: {
    list: [
      {
        name: "deploys",
        datasource: { type: "prometheus", uid: "m" },
        expr: "changes(x[1m])",
        iconColor: "red",
        enable: true,
      },
    ],
  },
  panels: [
    {
      id: 3,
      type: "graph",
      title: "Rate",
      datasource: { type: "prometheus", uid: "m" },
      targets: [{ refId: "A", expr: 'up{job=~"$job"}', legendFormat: "{{job}}" }],
      gridPos: { x: 0, y: 0, w: 24, h: 9 },
      interval: "30s",
      yaxes: [{ format: "bytes" }, {}],
    },
    { id: 9, type: "row", title: "More", collapsed: false, repeat: "job", gridPos: { x: 0, y: 9, w: 24, h: 1 } },
    { id: 4, type: "stat", title: "One", gridPos: { x: 6, y: 10, w: 6, h: 4 }, repeat: "size", maxPerRow: 2 },
  ],
};

/** What a reader sees, without where it stands in the JSON. */
function seen(doc: Json) {
  const { json: _json, layout: _layout, panels, ...rest } = parseDashboard(doc);
  const placed = layoutPanels(
    parseDashboard(doc),
    wholeView(() => ["1", "2"]),
  );
  const told = panels
    .filter((one) => one.type !== "row")
    .map(({ path: _path, written: _written, place: _place, source, targets, ...panel }) => ({
      ...panel,
      targets: targets.map((one) => ({ ...one, source: one.source ?? source })),
    }));
  const places = placed
    .filter((one) => one.panel.type !== "row")
    .map((one) => [one.panel.title, one.place, [...one.scope]]);
  const heads = placed.filter((one) => one.panel.type === "row").map((one) => one.panel.title);
  return { ...rest, told, places, heads };
}

describe("a dashboard of the older form as one of elements", () => {
  it("is read as the same", () => {
    const made = asElements(V1);
    expect(made.kind).toBe("Dashboard");
    const before = seen(V1);
    const after = seen(made);
    expect({ ...after, inputs: before.inputs }).toEqual(before);
  });
  it("takes a tab, and what there was is the first one", () => {
    const made = parseDashboard(withGroup(asElements(V1), "tab", []));
    expect(made.layout?.kind).toBe("tabs");
    expect(made.layout?.kind === "tabs" && made.layout.groups.map((one) => one.title)).toEqual([
      "First tab",
      "New tab",
    ]);
  });
  it("is left alone when it is one already", () => {
    const made = asElements(V1);
    expect(asElements(made)).toBe(made);
  });
});

it("keeps what placeholders and panels of old stand for", () => {
  const made = parseDashboard(
    asElements({
      title: "T",
      __inputs: [{ name: "DS_L", type: "datasource", pluginId: "loki" }],
      panels: [
        { id: 1, type: "logs", datasource: "${DS_L}", targets: [{ refId: "A", expr: "{}" }] },
        { id: 2, type: "singlestat", gauge: { show: true }, targets: [] },
      ],
    }),
  );
  expect(made.panels.map((one) => one.type)).toEqual(["logs", "gauge"]);
  expect(made.panels[0]?.targets[0]?.source?.type).toBe("loki");
});
