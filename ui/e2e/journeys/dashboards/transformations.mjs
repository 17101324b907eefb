// Steps between answers and panels that are seen: rows within rows, answers that become events and exemplars, places.
import assert from "node:assert/strict";
import { importText } from "./dashboards.mjs";

const panel = (id, type, title, targets, transformations, rest = {}) => ({
  id,
  type,
  title,
  gridPos: { x: 0, y: (id - 1) * 9, w: 24, h: 9 },
  targets,
  transformations,
  ...rest,
});

const instant = (expr) => [{ refId: "A", expr, format: "table", instant: true }];

const BOARD = {
  uid: "journey-steps",
  title: "Steps",
  schemaVersion: 42,
  time: { from: "now-15m", to: "now" },
  panels: [
    panel(1, "table", "Nested", instant("node_memory_MemTotal_bytes or node_load1 or node_load5 or up"), [
      {
        id: "groupToNestedTable",
        options: {
          fields: {
            job: { operation: "groupby", aggregations: [] },
            Value: { operation: "aggregate", aggregations: ["count"] },
          },
        },
      },
    ]),
    panel(
      2,
      "table",
      "Places",
      instant(
        'label_replace(vector(1), "country", "DE", "", "") or label_replace(vector(2), "country", "Japan", "", "")',
      ),
      [
        { id: "fieldLookup", options: { lookupField: "country", gazetteer: "public/gazetteer/countries.json" } },
        {
          id: "spatial",
          options: { action: "prepare", source: { mode: "coords", latitude: "Lat", longitude: "Lng" } },
        },
      ],
    ),
    panel(
      3,
      "timeseries",
      "Regions",
      [
        { refId: "A", expr: "up" },
        { refId: "B", expr: "vector(1)" },
      ],
      [
        {
          id: "convertFrameType",
          filter: { id: "byRefId", options: "B" },
          options: { targetType: "timeRegion" },
        },
      ],
    ),
  ],
};

const row = (page, title) => page.locator('[data-testid="panel"]', { has: page.getByRole("heading", { name: title }) });

export const STEP_JOURNEYS = [
  {
    name: "rows of a group open within their table, by keyboard too",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(BOARD));
      const nested = row(page, "Nested");
      await nested.getByText("node", { exact: true }).first().waitFor();
      const opener = nested.getByRole("button", { name: "Show the rows of this group" }).first();
      const second = nested.getByRole("button", { name: "Show the rows of this group" }).last();
      const height = async () => (await second.boundingBox()).y;
      const before = await height();
      await opener.focus();
      await page.keyboard.press("Enter");
      const inner = nested.getByTestId("nested-table").first();
      await inner.waitFor();
      assert.ok((await inner.textContent()).includes("instance"), "the table within has its head");
      assert.ok((await height()) > before, "the rows below make room");
      await shoot("nested-table-dark-1440");
      await nested.getByRole("button", { name: "Hide the rows of this group" }).click();
      await inner.waitFor({ state: "detached" });
      await nested.getByRole("button", { name: "Show the rows of all groups" }).click();
      await inner.waitFor();
    },
  },
  {
    name: "places are looked up and become points, and rows become regions over a chart",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(BOARD));
      const places = row(page, "Places");
      await places.scrollIntoViewIfNeeded();
      for (const text of ["Germany", "POINT(10.5 51.2)", "JP", "POINT(138.3 36.2)"])
        await places.getByText(text, { exact: true }).waitFor();
      await shoot("places-dark-1440");
      const regions = row(page, "Regions");
      await regions.scrollIntoViewIfNeeded();
      const mark = regions.getByTestId("chart-event").first();
      await mark.waitFor({ state: "attached" });
      // The flag is up all along: one span from the first value to the last.
      const [span, chart] = [await mark.boundingBox(), await regions.locator(".u-over").boundingBox()];
      assert.ok(span.width > chart.width / 2, `a region of ${span.width} px in a chart of ${chart.width}`);
      assert.equal(await regions.getByTestId("chart-event").count(), 1);
      await shoot("regions-dark-1440");
    },
  },
];
