import { expect, it } from "vitest";
import { record } from "../../api/decode";
import { parseDashboard } from "./parse";
import { forOthers } from "./share";

const metrics = { type: "prometheus", uid: "oriel-metrics" };
const doc = {
  id: 3,
  uid: "a",
  title: "A",
  templating: { list: [{ name: "job", type: "query", datasource: metrics }] },
  panels: [
    {
      id: 1,
      type: "stat",
      datasource: metrics,
      targets: [
        { refId: "A", datasource: { type: "prometheus", uid: "other" } },
        { refId: "B", datasource: { type: "prometheus", uid: "$ds" } },
        { refId: "C", datasource: { type: "__expr__", uid: "__expr__" } },
        { refId: "D", datasource: { type: "loki", uid: "oriel-logs" } },
      ],
    },
    { id: 2, type: "text", datasource: { type: "datasource", uid: "-- Mixed --" } },
  ],
};

it("puts a placeholder for each data source, and says what it stands for", () => {
  const shared = forOthers(doc);
  const names = (shared.__inputs as { name: string; pluginId: string }[]).map((one) => [one.name, one.pluginId]);
  expect(names).toEqual([
    ["DS_PROMETHEUS", "prometheus"],
    ["DS_PROMETHEUS_2", "prometheus"],
    ["DS_LOKI", "loki"],
  ]);
  const [panel, mixed] = shared.panels as { datasource: unknown; targets: { datasource: { uid: string } }[] }[];
  expect(panel?.datasource).toEqual({ type: "prometheus", uid: "${DS_PROMETHEUS}" });
  expect(panel?.targets.map((one) => one.datasource.uid)).toEqual([
    "${DS_PROMETHEUS_2}",
    "$ds",
    "__expr__",
    "${DS_LOKI}",
  ]);
  expect(mixed?.datasource).toEqual({ type: "datasource", uid: "-- Mixed --" });
  expect(shared.id).toBeUndefined();
  expect(parseDashboard(shared).inputs.get("DS_LOKI")).toBeDefined();
});

it("gives no placeholder a name that the file has for another source", () => {
  const half = { ...doc, __inputs: [{ name: "DS_PROMETHEUS", type: "datasource", pluginId: "prometheus" }] };
  const names = (forOthers(half).__inputs as { name: string }[]).map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
});

it("leaves the rest, and what has no sources, as it is", () => {
  const plain = { uid: "b", title: "B", panels: [{ id: 1, type: "text", options: { datasource: "kept" } }] };
  expect(forOthers(plain)).toEqual(plain);
  const elements = record({
    apiVersion: "dashboard.grafana.app/v2",
    kind: "Dashboard",
    spec: { elements: { a: { kind: "Panel", spec: {} } }, layout: { kind: "GridLayout" }, title: "C" },
  });
  expect(forOthers(elements)).toEqual(elements);
});
