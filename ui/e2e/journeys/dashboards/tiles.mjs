// Panels made of tiles, with the settings that people of dashboards use: numbers, dials and bars, states, heatmaps, slices, histograms, lines
// of logs and words.
import assert from "node:assert/strict";
import { importText, isSettled } from "./dashboards.mjs";
import { save, stored } from "./manage.mjs";

/** Series of one value each, by the name of a host. */
const hosts = (values, label = "host") =>
  Object.entries(values)
    .map(([name, value]) => `label_replace(vector(${value}), "${label}", "${name}", "", "")`)
    .join(" or ");

const target = (expr, more = {}) => [{ refId: "A", expr, legendFormat: "{{host}}", ...more }];

const thresholds = {
  mode: "absolute",
  steps: [
    { color: "green", value: null },
    { color: "red", value: 50 },
  ],
};

const panel = (id, type, x, y, w, h, targets, options = {}, defaults = {}) => ({
  id,
  type,
  title: `${type} ${id}`,
  gridPos: { x, y, w, h },
  targets,
  options,
  fieldConfig: { defaults: { thresholds, ...defaults }, overrides: [] },
});

const board = (uid, panels) =>
  JSON.stringify({ uid, title: uid, schemaVersion: 42, time: { from: "now-15m", to: "now" }, panels });

const at = (page, id) => page.locator(`[data-panel="panel-${id}"]`);

const links = [
  { title: "One of ${__field.labels.host}", url: "/explore?h=${__field.labels.host}" },
  { title: "Two", url: "/explore" },
];

/** The pointer over a part of an element, after it came from elsewhere in it. */
const pointAt = async (page, element, across = 0.5, down = 0.5) => {
  const { x, y, width, height } = await element.boundingBox();
  await page.mouse.move(x + width * across - 4, y + height * down);
  await page.mouse.move(x + width * across, y + height * down);
};

const BUCKETS = Object.entries({ 1: 1, 2: 3, 4: 6, "+Inf": 6 })
  .map(([le, value]) => `label_replace(vector(${value}), "le", "${le}", "", "")`)
  .join(" or ");

export const TILE_JOURNEYS = [
  {
    name: "tiles: numbers, dials and bars are what their settings say",
    run: async ({ page, shoot }) => {
      const two = target(hosts({ web: 20, api: 80 }));
      const text = { titleSize: 14, valueSize: 30 };
      const panels = [
        panel(1, "stat", 0, 0, 8, 4, two, {
          colorMode: "background_solid",
          graphMode: "none",
          orientation: "horizontal",
        }),
        panel(2, "stat", 8, 0, 8, 4, two, { text, wideLayout: false, graphMode: "none", colorMode: "none" }),
        panel(3, "gauge", 16, 0, 8, 6, two, { shape: "circle", segmentCount: 10, showThresholdLabels: true }),
        panel(4, "bargauge", 0, 6, 12, 6, two, { valueMode: "hidden", displayMode: "lcd" }, { min: 0, max: 100 }),
        panel(5, "bargauge", 12, 6, 12, 6, two, { orientation: "horizontal", namePlacement: "hidden" }),
      ];
      await importText(page, board("journey-numbers", panels));
      assert.deepEqual(
        await at(page, 1)
          .getByTestId("stat")
          .evaluateAll((all) => all.map((one) => one.dataset.beside)),
        ["true", "true"],
      );
      const sizes = await at(page, 2)
        .getByTestId("stat")
        .first()
        .evaluate((one) => [...one.querySelectorAll("div")].map((two) => getComputedStyle(two).fontSize));
      assert.ok(sizes.includes("14px") && sizes.includes("30px"), `sizes ${sizes}`);
      const dials = at(page, 3).locator("[data-testid=gauge] svg");
      assert.equal(await dials.count(), 2);
      await dials.first().getByText("50", { exact: true }).waitFor();
      await at(page, 4).locator('[data-testid=bargauge][data-lying="false"]').waitFor();
      assert.equal(await at(page, 4).getByText("80", { exact: true }).count(), 0, "numbers are hidden");
      await at(page, 5).locator('[data-testid=bargauge][data-lying="true"]').waitFor();
      assert.equal(await at(page, 5).getByText("web", { exact: true }).count(), 0, "names are hidden");
      await shoot("tiles-numbers-dark-1440");
    },
  },
  {
    name: "tiles: states are told with how long they were, page by page",
    scheme: "light",
    run: async ({ page, shoot }) => {
      const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`host-${index + 10}`, index * 4]));
      const options = { perPage: 10, legend: { showLegend: true }, tooltip: { mode: "single" } };
      const defaults = { unit: "percent", color: { mode: "thresholds" }, links };
      const panels = [
        panel(1, "state-timeline", 0, 0, 24, 10, target(hosts(many)), options, defaults),
        panel(2, "status-history", 0, 10, 24, 6, target(hosts({ web: 20 })), { colWidth: 0.5 }, defaults),
      ];
      await importText(page, board("journey-states", panels));
      const states = at(page, 1);
      await states.getByText("host-10", { exact: true }).waitFor();
      await states.getByTestId("panel-legend").getByText("50%+").waitFor();
      await states.getByRole("button", { name: "Next page" }).click();
      await states.getByText("host-25", { exact: true }).waitFor();
      assert.equal(await states.getByText("host-10", { exact: true }).count(), 0, "the first page is gone");
      await states.getByRole("button", { name: "Page before" }).click();
      const plot = states.locator('button[title="2 links"]').first();
      await pointAt(page, plot);
      const tip = page.getByTestId("tip");
      await tip.getByText("host-10").waitFor();
      await tip.getByText(/^for /).waitFor();
      await shoot("tiles-states-light-1440");
      await plot.click();
      await page.getByRole("menuitem", { name: "One of host-10" }).waitFor();
    },
  },
  {
    name: "tiles: charts share the moment under the pointer, and have the same events",
    run: async ({ page, shoot }) => {
      const two = target(hosts({ web: 20, api: 80 }));
      const panels = [
        panel(1, "timeseries", 0, 0, 12, 8, two),
        panel(2, "state-timeline", 12, 0, 12, 8, two),
        panel(3, "heatmap", 0, 8, 12, 8, two, { calculate: true }),
      ];
      const list = [
        { builtIn: 1, datasource: { type: "grafana", uid: "-- Grafana --" }, enable: true, name: "Events" },
      ];
      const json = JSON.parse(board("journey-moment", panels));
      await importText(page, JSON.stringify({ ...json, graphTooltip: 1, annotations: { list } }));
      const time = Date.now() - 300_000;
      await page.request.post("/api/annotations", { data: { dashboardUID: "journey-moment", time, text: "deployed" } });
      await page.reload();
      await isSettled(page);
      const crosses = [at(page, 2).getByTestId("crosshair"), at(page, 3).getByTestId("crosshair")];
      await pointAt(page, at(page, 1).locator(".u-over"), 0.7, 0.5);
      for (const cross of crosses) await cross.waitFor();
      await pointAt(page, at(page, 2).getByTestId("state-timeline"), 0.6, 0.3);
      await at(page, 1).locator(".u-cursor-x:not(.u-off)").waitFor();
      for (const id of [2, 3]) await at(page, id).getByTestId("event-line").first().waitFor();
      await shoot("tiles-moment-dark-1440");
      await page.mouse.move(5, 5);
      for (const cross of crosses) await cross.waitFor({ state: "hidden" });
    },
  },
  {
    name: "tiles: a heatmap tells the cell under the pointer, and leads where it says",
    run: async ({ page, shoot }) => {
      const options = {
        color: { scheme: "Viridis", steps: 8 },
        yAxis: { unit: "s", axisLabel: "How long" },
        tooltip: { yHistogram: true },
        showValue: "auto",
      };
      const buckets = target(BUCKETS, { format: "heatmap", legendFormat: "{{le}}" });
      await importText(page, board("journey-heat", [panel(1, "heatmap", 0, 0, 24, 12, buckets, options, { links })]));
      const heat = at(page, 1).getByTestId("heatmap");
      await heat.getByTestId("color-bar").getByText("3", { exact: true }).waitFor();
      await heat.getByText("How long").waitFor();
      // Of four rows the second from the bottom: from 1 to 2 seconds, 3 - 1 = 2 values.
      await pointAt(page, heat.locator("canvas"), 0.5, 0.625);
      const tip = page.getByTestId("tip");
      await tip.getByText("1 s to 2 s").waitFor();
      await tip.getByText("2", { exact: true }).waitFor();
      assert.equal(await tip.getByTestId("heat-spread").locator("i").count(), 4);
      await shoot("tiles-heat-dark-1440");
      const { x, y, width, height } = await heat.locator("canvas").boundingBox();
      await page.mouse.click(x + width * 0.5, y + height * 0.625);
      await page.getByRole("menuitem", { name: "Two" }).waitFor();
      await page.keyboard.press("Escape");
      await page.mouse.move(x + width * 0.4, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/from=\d{13}/);
    },
  },
  {
    name: "tiles: slices are told and lead on; a histogram counts into buckets",
    run: async ({ page, shoot }) => {
      const three = hosts({ web: 60, api: 30, db: 10 });
      const pie = {
        pieType: "donut",
        displayLabels: ["name", "percent"],
        legend: { values: [] },
        reduceOptions: { calcs: ["last"] },
      };
      const panels = [
        panel(1, "piechart", 0, 0, 12, 10, target(three), pie, { links, color: { mode: "palette-classic" } }),
        panel(2, "histogram", 12, 0, 12, 10, target(three), { bucketSize: 25, combine: true }),
      ];
      await importText(page, board("journey-slices", panels));
      const slices = at(page, 1);
      await slices.getByRole("img", { name: /web/ }).getByText("60%").waitFor();
      await slices.getByTestId("panel-legend").getByText("db").waitFor();
      const drawing = slices.getByRole("img", { name: /web/ });
      const box = await drawing.boundingBox();
      const [x, y] = [box.x + box.width / 2 + box.height * 0.38, box.y + box.height / 2];
      await page.mouse.move(x - 3, y);
      await page.mouse.move(x, y);
      await page.getByTestId("tip").getByText("60 (60%)").waitFor();
      await shoot("tiles-slices-dark-1440");
      await page.mouse.click(x, y);
      await page.getByRole("menuitem", { name: "One of web" }).waitFor();
      await page.keyboard.press("Escape");
      const bars = at(page, 2).getByTestId("histogram");
      await bars.getByRole("img").waitFor();
      await pointAt(page, bars.getByRole("img"), 0.2, 0.5);
      await page
        .getByTestId("tip")
        .getByText(/^0 to 25$/)
        .waitFor();
    },
  },
  {
    name: "tiles: lines of logs by their fields, beside their details, and older ones as they are scrolled to",
    run: async ({ page, shoot }) => {
      const source = { type: "loki", uid: "oriel-logs" };
      const lines = [{ refId: "A", expr: '{env="demo"}', datasource: source, maxLines: 40 }];
      const options = {
        displayedFields: ["level", "___LOG_LINE_BODY___"],
        detailsMode: "sidebar",
        showControls: true,
        showCommonLabels: true,
        enableInfiniteScrolling: true,
      };
      const panels = [{ ...panel(1, "logs", 0, 0, 24, 14, lines, options), datasource: source }];
      await importText(page, board("journey-lines", panels));
      await page.goto("/d/journey-lines?from=now-12h&to=now");
      await isSettled(page);
      const logs = at(page, 1);
      await logs
        .getByTestId("common-labels")
        .getByText(/env=demo/)
        .waitFor();
      await logs.getByText("level=").first().waitFor();
      await logs.locator('[data-index="1"] button').first().click();
      await logs.getByTestId("line-side").getByText("env", { exact: true }).waitFor();
      await shoot("tiles-lines-dark-1440");
      const list = logs.getByTestId("panel-logs");
      const height = () => list.evaluate((one) => one.scrollHeight);
      const before = await height();
      await list.evaluate((one) => one.scrollTo(0, one.scrollHeight));
      await page.waitForFunction(
        (old) => document.querySelector("[data-testid=panel-logs]").scrollHeight > old + 200,
        before,
      );
      await logs.getByRole("button", { name: "Oldest first" }).click();
      await logs.getByRole("button", { name: "Newest first" }).waitFor();
    },
  },
  {
    name: "tiles: words have lists, quotes and looks, and nothing else",
    run: async ({ page }) => {
      const content = (mode, words) => ({ mode, content: words });
      const panels = [
        panel(
          1,
          "text",
          0,
          0,
          8,
          8,
          [],
          content("markdown", "- a\n  - b\n\n> said\n\n![x](https://away.example/x.png)"),
        ),
        panel(
          2,
          "text",
          8,
          0,
          8,
          8,
          [],
          content("html", '<p style="color: red; position: fixed; background: url(https://away.example/x)">red</p>'),
        ),
        panel(3, "text", 16, 0, 8, 8, [], {
          ...content("code", '{"a": 1}\n'),
          code: { language: "json", showLineNumbers: true },
        }),
      ];
      await importText(page, board("journey-words", panels));
      await at(page, 1).locator("ul ul li").getByText("b").waitFor();
      await at(page, 1).locator("blockquote").getByText("said").waitFor();
      assert.equal(await at(page, 1).locator("img").count(), 0, "nothing is loaded from elsewhere");
      const style = await at(page, 2).getByText("red").getAttribute("style");
      assert.equal(style, "color: red;");
      await at(page, 3).locator('[data-token="name"]').getByText('"a"').waitFor();
    },
  },
  {
    name: "tiles: their settings are edited and kept",
    run: async ({ page }) => {
      const panels = [
        panel(1, "heatmap", 0, 0, 24, 10, target(BUCKETS, { format: "heatmap", legendFormat: "{{le}}" })),
      ];
      await importText(page, board("journey-tile-editor", panels));
      await page.goto("/d/journey-tile-editor?editPanel=1");
      await isSettled(page);
      await page.getByLabel("Find a setting").fill("Colours of cells");
      await page.getByLabel("Scale", { exact: true }).selectOption("Viridis");
      await page.getByLabel("Steps").fill("12");
      await page.getByLabel("Steps").blur();
      await page.getByLabel("Reversed").check({ force: true });
      await save(page);
      const [first] = (await stored(page, "journey-tile-editor")).panels;
      assert.deepEqual(first.options, { color: { scheme: "Viridis", steps: 12, reverse: true } });
    },
  },
];
