// Dashboards of elements (tabs, rows, grids): opened, edited by patches, exported as they were but for the edit.
import assert from "node:assert/strict";
import { importText, isSettled, PANEL } from "./dashboards.mjs";

const query = (expr) => ({
  kind: "PanelQuery",
  spec: {
    refId: "A",
    hidden: false,
    query: { kind: "DataQuery", version: "v0", group: "prometheus", spec: { expr, legendFormat: "{{job}}" } },
  },
});

const element = (id, title, expr, group = "timeseries") => ({
  kind: "Panel",
  spec: {
    id,
    title,
    description: "",
    links: [],
    data: { kind: "QueryGroup", spec: { queries: [query(expr)], transformations: [], queryOptions: {} } },
    vizConfig: {
      kind: "VizConfig",
      group,
      version: "1",
      spec: { options: {}, fieldConfig: { defaults: {}, overrides: [] } },
    },
  },
});

const item = (name, x, y, extra = {}) => ({
  kind: "GridLayoutItem",
  spec: { x, y, width: 12, height: 8, element: { kind: "ElementReference", name }, ...extra },
});

const tab = (title, layout) => ({ kind: "TabsLayoutTab", spec: { title, layout } });
const auto = (...names) => ({
  kind: "AutoGridLayout",
  spec: {
    maxColumnCount: 3,
    columnWidthMode: "narrow",
    rowHeightMode: "short",
    items: names.map((name) => ({ kind: "AutoGridLayoutItem", spec: { element: { kind: "ElementReference", name } } })),
  },
});

const RESOURCE = {
  apiVersion: "dashboard.grafana.app/v2",
  kind: "Dashboard",
  metadata: { name: "journey-elements" },
  spec: {
    title: "Elements",
    tags: ["journey"],
    cursorSync: "Crosshair",
    editable: true,
    timeSettings: { from: "now-30m", to: "now", autoRefresh: "", timezone: "browser" },
    variables: [
      {
        kind: "QueryVariable",
        spec: {
          name: "job",
          multi: true,
          includeAll: true,
          current: { text: "All", value: "$__all" },
          query: { kind: "DataQuery", group: "prometheus", spec: { query: "label_values(up, job)" } },
        },
      },
    ],
    annotations: [],
    links: [],
    elements: {
      "panel-1": element(1, "Up of $job", 'up{job=~"$job"}'),
      "panel-2": element(2, "Each", 'up{job="$job"}', "stat"),
      "panel-3": element(3, "Gauge", "up", "gauge"),
      "panel-4": element(4, "Bars", "up", "bargauge"),
    },
    layout: {
      kind: "TabsLayout",
      spec: {
        tabs: [
          tab("Overview", {
            kind: "RowsLayout",
            spec: {
              rows: [
                {
                  kind: "RowsLayoutRow",
                  spec: {
                    title: "Jobs",
                    collapse: false,
                    layout: {
                      kind: "GridLayout",
                      spec: {
                        items: [
                          item("panel-1", 0, 0),
                          item("panel-2", 12, 0, { repeat: { mode: "variable", value: "job", direction: "v" } }),
                        ],
                      },
                    },
                  },
                },
              ],
            },
          }),
          tab("Shapes", auto("panel-3", "panel-4")),
        ],
      },
    },
  },
};

const stored = async (page) =>
  (await (await page.request.get("/api/oriel/v1/dashboards/journey-elements")).json()).dashboard;

export const ELEMENT_JOURNEYS = [
  {
    name: "a dashboard of elements is imported, its tabs opened, one panel edited, and nothing else changed",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(RESOURCE));
      assert.match(page.url(), /\/d\/journey-elements/);
      assert.deepEqual(await stored(page), RESOURCE, "it is stored as it came");
      await page.locator('[data-panel="panel-2-clone-1"]').waitFor();
      await shoot("dashboard-elements");
      await page.getByRole("tab", { name: "Shapes" }).click();
      await page.locator('[data-panel="panel-4"]').waitFor();
      await isSettled(page);
      await shoot("dashboard-elements-shapes");
      assert.equal(await page.locator(PANEL).count(), 2);
      await page.reload();
      await page.locator('[data-panel="panel-4"]').waitFor();

      await page.goto("/d/journey-elements?editPanel=panel-1");
      await page.getByTestId("panel-editor").waitFor();
      await page.getByLabel("Title", { exact: true }).fill("Renamed");
      await page.keyboard.press("Enter");
      await page.getByTestId("panel-type").selectOption("stat");
      await page.locator(`${PANEL} h2`, { hasText: "Renamed" }).waitFor();
      await page.getByTestId("save").click();
      await page.getByTestId("changes").getByText("Renamed").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      const expected = structuredClone(RESOURCE);
      expected.spec.elements["panel-1"].spec.title = "Renamed";
      expected.spec.elements["panel-1"].spec.vizConfig.group = "stat";
      assert.deepEqual(await stored(page), expected);
    },
  },
];
