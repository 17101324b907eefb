// What people see of charts: their kinds, what their settings change, what the pointer finds.
import assert from "node:assert/strict";
import { importText, isSettled, PANEL } from "./dashboards.mjs";

const place = (index) => ({ x: (index % 2) * 12, y: Math.floor(index / 2) * 9, w: 12, h: 9 });
const WAVE = { refId: "A", expr: "vector(time() % 60)", legendFormat: "wave" };

/** A dashboard of panels, two in a row. */
const dashboardOf = (uid, panels) => ({
  uid,
  title: uid,
  schemaVersion: 41,
  time: { from: "now-30m", to: "now" },
  panels: panels.map((one, index) => ({ id: index + 1, gridPos: place(index), targets: [WAVE], ...one })),
});

const openOf = async (page, uid, panels) => {
  await importText(page, JSON.stringify(dashboardOf(uid, panels)));
  await page.locator(`${PANEL} .u-over`).first().waitFor();
  await isSettled(page);
};

/** Pixels of a panel's chart that have a colour of their own. */
const inked = (page, id) =>
  page.locator(`[data-panel="panel-${id}"] canvas`).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let many = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [r, g, b, a] = data.subarray(at, at + 4);
      if (a > 60 && Math.max(r, g, b) - Math.min(r, g, b) > 40) many += 1;
    }
    return many;
  });

/** Three series of one value each. */
const THREE = [1, 2, 4].map((value, index) => ({ refId: "ABC"[index], expr: `vector(${value})` }));

const PARTS = ["open", "high", "low", "close"];
const CANDLES = PARTS.map((name, index) => ({
  refId: "ABCD"[index],
  interval: "1m",
  legendFormat: name,
  expr: `${["", "2 + ", "-2 + ", "1 + "][index]}floor(vector(time()) / 60) % 7`,
}));

export const CHART_JOURNEYS = [
  {
    name: "panels of trends, points and candles are drawn, each by its own options",
    run: async ({ page, shoot }) => {
      const rows = [
        { id: "reduce", options: { reducers: ["mean", "max"], mode: "seriesToRows" } },
        { id: "organize", options: { excludeByName: { Field: true } } },
      ];
      await openOf(page, "journey-charts", [
        { type: "candlestick", title: "Candles", targets: CANDLES },
        { type: "xychart", title: "Points", targets: THREE, transformations: rows, options: { mapping: "auto" } },
        {
          type: "xychart",
          title: "Old points",
          targets: THREE,
          transformations: rows,
          options: { seriesMapping: "manual", series: [{ x: "Max", y: "Mean", name: "<b>pair</b>" }] },
        },
        { type: "trend", title: "Trend", targets: THREE, transformations: rows, options: { xField: "Max" } },
      ]);
      await page.waitForFunction(() => document.querySelectorAll(".u-over").length === 4);
      for (const id of [1, 2, 3, 4]) assert.ok((await inked(page, id)) > 10, `panel ${id} is drawn`);
      await page.locator('[data-panel="panel-3"] [data-testid="panel-legend"]', { hasText: "<b>pair</b>" }).waitFor();
      const over = page.locator('[data-panel="panel-2"] .u-over');
      const box = await over.boundingBox();
      // The points of one value lie in one place; the pointer looks for it along the middle.
      let found = false;
      for (let x = 2; x < box.width && !found; x += 8) {
        await page.mouse.move(box.x + x, box.y + box.height / 2);
        found = await over.getByText("Mean").isVisible();
      }
      assert.ok(found, "the point under the pointer tells its row");
      await shoot("charts-new");
    },
  },
  {
    name: "a bar chart tells of the group under the pointer, links its values, and stands or lies as it is told",
    run: async ({ page, shoot }) => {
      const defaults = { links: [{ title: "To ${__value.text}", url: "/dashboards?value=${__value.raw}" }] };
      const targets = [3, 7].map((value, index) => ({
        refId: "AB"[index],
        expr: `label_replace(vector(${value}), "city", "<i>Rome</i>", "", "")`,
        format: "table",
        instant: true,
      }));
      await importText(
        page,
        JSON.stringify(
          dashboardOf("journey-bars", [
            { type: "barchart", title: "Bars", targets, fieldConfig: { defaults }, options: { xField: "city" } },
          ]),
        ),
      );
      await isSettled(page);
      const chart = page.locator('[data-panel="panel-1"] [data-testid="barchart"] svg');
      const bars = chart.locator("rect");
      await bars.nth(1).waitFor();
      assert.equal(await bars.count(), 2);
      const [first, second] = [await bars.nth(0).boundingBox(), await bars.nth(1).boundingBox()];
      assert.ok(second.height > first.height * 2, "a bar is as high as its value");
      await page.mouse.move(second.x + second.width / 2, second.y + second.height / 2);
      const tip = page.getByTestId("tip");
      await tip.getByText("<i>Rome</i>").waitFor();
      await tip.getByText("7", { exact: true }).waitFor();
      await page.mouse.click(second.x + second.width / 2, second.y + second.height / 2);
      const link = page.getByTestId("chart-links").getByRole("menuitem", { name: "To 7" });
      await link.waitFor();
      assert.match(await link.getAttribute("href"), /\/dashboards\?value=7$/);
      await shoot("charts-bars");
      await page.keyboard.press("Escape");
      await page.goto("/d/journey-bars?editPanel=panel-1");
      await page.getByLabel("Direction", { exact: true }).selectOption("horizontal");
      await page.waitForFunction(() => {
        const [a, b] = [...document.querySelectorAll('[data-testid="barchart"] rect')].map((one) =>
          one.getBoundingClientRect(),
        );
        return a !== undefined && b !== undefined && b.width > a.width * 2;
      });
    },
  },
  {
    name: "a drag up with Shift zooms into the values of a chart, and a double click goes back",
    run: async ({ page }) => {
      await openOf(page, "journey-values", [{ type: "timeseries", title: "Wave", targets: [WAVE] }]);
      const over = page.locator('[data-panel="panel-1"] .u-over');
      const canvas = () => page.locator('[data-panel="panel-1"] canvas').evaluate((one) => one.toDataURL());
      const changed = (before) =>
        page.waitForFunction(
          (old) => document.querySelector('[data-panel="panel-1"] canvas').toDataURL() !== old,
          before,
        );
      const whole = await canvas();
      const url = page.url();
      const box = await over.boundingBox();
      await page.keyboard.down("Shift");
      await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.75);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width / 2 + 3, box.y + box.height * 0.25, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up("Shift");
      await changed(whole);
      const near = await canvas();
      await over.dblclick();
      await changed(near);
      assert.equal(page.url(), url, "the time stays as it was");
    },
  },
];
