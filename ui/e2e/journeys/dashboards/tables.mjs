// Tables on dashboards: cells of every kind, the order and filters of rows, keys, pages, and what the editor keeps of all that.
import assert from "node:assert/strict";
import { importText, isSettled } from "./dashboards.mjs";
import { save, stored } from "./manage.mjs";

const ROWS = [
  { value: 12, service: "checkout", state: "up", tags: "eu,prod", long: `{"words":"${"many ".repeat(40)}"}` },
  { value: 48, service: "frontend", state: "down", tags: "us", long: "short" },
  { value: 73, service: "inventory", state: "down", tags: "eu", long: "short" },
  { value: 95, service: "worker", state: "up", tags: "eu", long: "<img src=x onerror=window.__pwned=1>" },
];

/** One row of instant answers for each of ROWS. */
const EXPR = ROWS.map(({ value, ...labels }) =>
  Object.entries(labels).reduce(
    (inner, [name, words]) => `label_replace(${inner}, "${name}", ${JSON.stringify(words)}, "", "")`,
    `vector(${value})`,
  ),
).join(" or ");

const override = (name, properties) => ({
  matcher: { id: "byName", options: name },
  properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
});

const cell = (type, rest = {}) => ({ "custom.cellOptions": { type, ...rest } });

const panel = (id, title, targets, rest) => ({
  id,
  type: "table",
  title,
  gridPos: { x: 0, y: (id - 1) * 9, w: 24, h: 9 },
  targets,
  ...rest,
});

const instant = (expr) => [{ refId: "A", expr, format: "table", instant: true }];

const BOARD = {
  uid: "journey-tables",
  title: "Tables",
  schemaVersion: 42,
  time: { from: "now-15m", to: "now" },
  templating: { list: [{ name: "filters", type: "adhoc", filters: [] }] },
  panels: [
    panel(1, "Kinds", instant(EXPR), {
      options: { showTypeIcons: true, footer: { show: true, reducer: ["sum"] } },
      fieldConfig: {
        defaults: {
          custom: { filterable: true },
          thresholds: {
            mode: "absolute",
            steps: [
              { color: "green", value: null },
              { color: "red", value: 50 },
            ],
          },
        },
        overrides: [
          override("Time", { "custom.hideFrom": { viz: true } }),
          override("service", { links: [{ title: "Of ${__value.raw}", url: "/d/other?s=${__value.raw}" }] }),
          override("state", {
            ...cell("color-background", { mode: "basic" }),
            mappings: [{ type: "value", options: { down: { text: "DOWN", color: "dark-red" } } }],
          }),
          override("tags", cell("pill")),
          override("long", { ...cell("json-view"), "custom.inspect": true }),
          override("Value", cell("gauge", { mode: "lcd" })),
        ],
      },
    }),
    panel(2, "Trends", [{ refId: "A", expr: "up" }], { transformations: [{ id: "timeSeriesTable", options: {} }] }),
    panel(3, "Pages", instant('count by (__name__) ({__name__=~".+"})'), { options: { enablePagination: true } }),
  ],
};

const named = (page, title) =>
  page.locator('[data-testid="panel"]', { has: page.getByRole("heading", { name: title, exact: true }) });

/** What the first column shows, row after row. */
const firstColumn = (table, column) =>
  table.locator(`[role="row"] [role="gridcell"]:nth-child(${column})`).allTextContents();

const seen = async (page, table, column, words) => {
  await page.waitForFunction(
    ([selector, wanted]) => [...document.querySelectorAll(selector)].map((one) => one.textContent).join() === wanted,
    [
      `[data-panel="${await table.getAttribute("data-panel")}"] [aria-rowindex] [role="gridcell"]:nth-child(${column})`,
      words.join(),
    ],
  );
};

export const TABLE_JOURNEYS = [
  {
    name: "tables: cells of every kind, sorted, filtered, walked by keys and inspected",
    run: async ({ page, shoot, base }) => {
      await importText(page, JSON.stringify(BOARD));
      await isSettled(page);
      const kinds = named(page, "Kinds");
      const grid = kinds.getByRole("grid");
      await grid.getByText("checkout").waitFor();
      const down = grid.getByText("DOWN").first().locator("xpath=ancestor::*[@role='gridcell']");
      assert.notEqual(await down.evaluate((one) => getComputedStyle(one).backgroundColor), "rgba(0, 0, 0, 0)");
      assert.equal(
        await grid.getByRole("link", { name: "checkout" }).getAttribute("href"),
        `${new URL(base).origin}/d/other?s=checkout`,
      );
      assert.equal(await page.evaluate(() => window.__pwned), undefined);
      await shoot("tables-dark-1440");

      // Columns: long, service, state, tags, Value. By state, then by value from the highest.
      await grid.locator('button[title="state"]').click();
      await grid.locator('button[title="Value"]').click({ modifiers: ["Shift"] });
      await grid.locator('button[title="Value"]').click({ modifiers: ["Shift"] });
      await seen(page, kinds, 2, ["inventory", "frontend", "worker", "checkout"]);

      await grid.getByRole("button", { name: "Filter Value" }).click();
      const filter = page.getByRole("form", { name: "Filter Value" });
      await filter.getByLabel("Operator").selectOption("expression");
      await filter.getByLabel("Filter values").fill("$ > 20 && $ < 90");
      await filter.getByRole("button", { name: "Filter", exact: true }).click();
      await seen(page, kinds, 2, ["inventory", "frontend"]);
      await kinds.getByTestId("table-foot").getByText("121").waitFor();
      await grid.getByRole("button", { name: "Filter service" }).click();
      const ticks = page.getByRole("form", { name: "Filter service" });
      await ticks.getByLabel("frontend").uncheck();
      await shoot("table-filter-dark");
      await page.keyboard.press("Enter");
      await seen(page, kinds, 2, ["inventory"]);
      await grid.getByRole("button", { name: "Filter service" }).click();
      await page.getByRole("form", { name: "Filter service" }).getByRole("button", { name: "Clear" }).click();
      await seen(page, kinds, 2, ["inventory", "frontend"]);

      await grid.focus();
      for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
      await page.getByTestId("inspected").getByText("short").waitFor();
      await page.keyboard.press("Escape");
      await page.getByTestId("inspected").waitFor({ state: "detached" });
    },
  },
  {
    name: "tables: series in cells, and pages",
    scheme: "light",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(BOARD));
      await isSettled(page);
      const trends = named(page, "Trends");
      await trends.scrollIntoViewIfNeeded();
      await trends.locator('[data-type="sparkline"] svg path[d^="M"]').first().waitFor();
      const pages = named(page, "Pages");
      await pages.scrollIntoViewIfNeeded();
      await pages.getByText(/^Page 1 of \d+/).waitFor();
      const before = (await firstColumn(pages, 2))[0];
      await pages.getByRole("button", { name: "Next page" }).click();
      await pages.getByText(/^Page 2 of/).waitFor();
      assert.notEqual((await firstColumn(pages, 2))[0], before);
      await shoot("table-pages-light-1440");
      // A value that is pointed at joins the filters over the dashboard, and leaves them again.
      const cell = trends.locator('[role="gridcell"]', { hasText: /^oriel/ });
      await trends.scrollIntoViewIfNeeded();
      await cell.hover();
      await cell.getByRole("button", { name: "Filter for this value" }).click();
      await page.getByRole("button", { name: "job = oriel" }).waitFor();
      await trends.locator('[role="gridcell"]', { hasText: /^node/ }).waitFor({ state: "detached" });
      await cell.hover();
      await cell.getByRole("button", { name: "Filter for this value" }).click();
      await trends.locator('[role="gridcell"]', { hasText: /^node/ }).waitFor();
    },
  },
  {
    name: "tables: the editor keeps a dragged width, a clicked order and how cells look",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(BOARD));
      await page.goto(`/d/${BOARD.uid}?editPanel=1`);
      await isSettled(page);
      const grid = page.getByTestId("panel-editor").getByRole("grid");
      await grid.getByText("checkout").waitFor();
      await grid.locator('button[title="service"]').click();
      const edge = grid.locator('[role="columnheader"]:has(button[title="state"])').getByTestId("column-edge");
      const box = await edge.boundingBox();
      await page.mouse.move(box.x + 4, box.y + 8);
      await page.mouse.down();
      await page.mouse.move(box.x + 64, box.y + 8, { steps: 4 });
      await page.mouse.up();
      const cells = page.getByTestId("cell-options");
      await cells.getByLabel("Cells").selectOption("gauge");
      await cells.getByLabel("Bar").selectOption("lcd");
      await page.getByLabel("Columns that stand still").fill("1");
      await page.getByLabel("Columns that stand still").blur();
      await shoot("table-editor-dark-1440");
      await page.getByLabel("Add a transformation").selectOption("timeSeriesTable");
      await page.getByLabel("Figure of A").selectOption("max");
      await save(page);
      const [first] = (await stored(page, BOARD.uid)).panels;
      assert.deepEqual(first.options.sortBy, [{ displayName: "service", desc: false }]);
      assert.deepEqual(first.options.frozenColumns, { left: 1 });
      assert.deepEqual(first.transformations, [{ id: "timeSeriesTable", options: { A: { stat: "max" } } }]);
      assert.deepEqual(first.fieldConfig.defaults.custom, {
        filterable: true,
        cellOptions: { type: "gauge", mode: "lcd" },
      });
      const { properties } = first.fieldConfig.overrides.find((one) => one.matcher.options === "state");
      const width = properties.find((one) => one.id === "custom.width").value;
      assert.ok(width > 100, `a width of ${width} px`);
    },
  },
];
