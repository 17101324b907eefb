// Events, exemplars and lists on dashboards: stored by people, found by queries, led to by marks on charts.
import assert from "node:assert/strict";
import { importText, isSettled, PANEL } from "./dashboards.mjs";

const UID = "journey-events";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HOSTILE = "<img src=x onerror=window.__pwned=1> rolled out";

const chart = (id, x, extra = {}) => ({
  id,
  type: "timeseries",
  title: `Chart ${id}`,
  gridPos: { x, y: 0, w: 12, h: 8 },
  targets: [{ refId: "A", expr: "up", exemplar: true }],
  ...extra,
});

const DASHBOARD = {
  uid: UID,
  title: "Events",
  schemaVersion: 42,
  annotations: {
    list: [
      { builtIn: 1, datasource: { type: "grafana", uid: "-- Grafana --" }, enable: true, hide: true, name: "Stored" },
      {
        name: "Is up",
        datasource: { type: "prometheus", uid: "$ds" },
        expr: "up > 0",
        enable: true,
        titleFormat: "{{job}}",
      },
    ],
  },
  panels: [
    chart(1, 0),
    chart(2, 12),
    { id: 3, type: "annolist", title: "What happened", gridPos: { x: 0, y: 8, w: 8, h: 6 }, options: { limit: 20 } },
    { id: 4, type: "alertlist", title: "Alerts", gridPos: { x: 8, y: 8, w: 8, h: 6 } },
    {
      id: 5,
      type: "flamegraph",
      title: "Where time goes",
      gridPos: { x: 16, y: 8, w: 8, h: 6 },
      targets: [{ refId: "A", query: "{}", datasource: { type: "tempo", uid: "oriel-traces" } }],
    },
  ],
};

export const EVENT_JOURNEYS = [
  {
    name: "events and exemplars stand on charts, are stored by a click, and lead on",
    run: async ({ page, shoot }) => {
      const now = Date.now();
      await page.route("**/api/v1/query_exemplars*", (route) =>
        route.fulfill({
          json: {
            status: "success",
            data: [
              {
                seriesLabels: { __name__: "up" },
                exemplars: [{ labels: { trace_id: TRACE }, value: "1", timestamp: now / 1_000 - 900 }],
              },
            ],
          },
        }),
      );
      // Annotations of an earlier run would be counted too.
      for (const { id } of await (await page.request.get(`/api/annotations?dashboardUID=${UID}&limit=1000`)).json()) {
        await page.request.delete(`/api/annotations/${id}`);
      }
      await importText(page, JSON.stringify(DASHBOARD));
      for (const [panelId, at] of [
        [1, now - 600_000],
        [0, now - 1_200_000],
      ]) {
        const data = { dashboardUID: UID, panelId, time: at, timeEnd: at + 60_000, text: HOSTILE, tags: ["deploy"] };
        assert.equal((await page.request.post("/api/annotations", { data })).status(), 200);
      }
      await page.goto(`/d/${UID}?from=now-30m&to=now`);
      await isSettled(page);
      const first = page.locator('[data-panel="panel-1"]');
      const second = page.locator('[data-panel="panel-2"]');
      const named = first.getByRole("note", { name: /rolled out/ });
      await named.nth(1).waitFor();
      assert.equal(await second.getByRole("note", { name: /rolled out/ }).count(), 1, "one is of the first panel only");
      await named.first().hover();
      await first.getByText(HOSTILE).first().waitFor();
      await shoot("dashboard-events");
      await page.locator('[data-panel="panel-3"] li').nth(1).waitFor();
      await page.locator('[data-panel="panel-4"]').getByText("No alert waits or fires.").waitFor();
      assert.equal(await page.evaluate(() => window.__pwned), undefined, "words of events are words");

      const toggle = page.getByRole("button", { name: "Is up" });
      assert.equal(await toggle.getAttribute("aria-pressed"), "true");
      await toggle.click();
      assert.equal(await toggle.getAttribute("aria-pressed"), "false");

      const over = second.locator(".u-over");
      const box = await over.boundingBox();
      await page.keyboard.down("Control");
      await page.mouse.click(box.x + box.width / 4, box.y + 20);
      await page.keyboard.up("Control");
      await page.getByRole("textbox", { name: "What happened" }).fill("Said by hand");
      await page.getByRole("button", { name: "Store" }).click();
      await second.getByRole("note", { name: /Said by hand/ }).waitFor();
      await page.keyboard.down("Control");
      await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up("Control");
      await page.getByRole("textbox", { name: "What happened" }).fill("Lasted a while");
      await page.getByRole("button", { name: "Store" }).click();
      await second.getByRole("note", { name: / to .*Lasted a while/ }).waitFor();
      assert.match(page.url(), /now-/, "a drag that names a while does not zoom");
      await second.getByRole("note", { name: /Said by hand/ }).press("Enter");
      await page.getByRole("textbox", { name: "What happened" }).fill("Said better");
      await page.getByRole("button", { name: "Store" }).click();
      await second.getByRole("note", { name: /Said better/ }).press("Enter");
      await page.getByRole("button", { name: "Take it away" }).click();
      await second.getByRole("note", { name: /Said better/ }).waitFor({ state: "detached" });

      await page.mouse.move(box.x + box.width / 2, box.y + 5);
      const place = await second.locator(".u-over").boundingBox();
      for (let y = place.y + 2; y < place.y + place.height && !/explore/.test(page.url()); y += 6) {
        await page.mouse.click(place.x + place.width / 2, y);
      }
      await page.waitForURL((url) => url.pathname === "/explore" && url.searchParams.get("trace") === TRACE);
    },
  },
  {
    name: "the editor of a panel offers every type",
    run: async ({ page }) => {
      await importText(page, JSON.stringify({ ...DASHBOARD, uid: "journey-types" }));
      await page.goto("/d/journey-types?editPanel=1&from=now-30m&to=now");
      const types = page.getByTestId("panel-type");
      await types.waitFor();
      for (const type of await types.locator("option").evaluateAll((all) => all.map((one) => one.value))) {
        await types.selectOption(type);
        await page.locator(`${PANEL}[data-type="${type}"]`).waitFor();
        await isSettled(page);
        assert.equal(await page.locator(`${PANEL}[data-state="error"]`).count(), 0, type);
      }
    },
  },
];
