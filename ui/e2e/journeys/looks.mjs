// What makes a page look finished, measured: axes that count in whole things, services told apart by colour, a way out of a refused
// query and out of an empty range, numbers side by side on a phone.
import assert from "node:assert/strict";
import { explore } from "./explore.mjs";

export const LOOK_JOURNEYS = [
  {
    name: "a refused query says what to do, and runs mended",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["rate(oriel_http_requests_total)"]));
      const refused = page.getByTestId("refused");
      await refused.getByText("looks back over a window").waitFor();
      await page.getByTestId("metrics-start").waitFor();
      await shoot("refused-dark-1440");
      await page.getByTestId("run-mended").click();
      await page.getByTestId("metrics-chart").waitFor();
      assert.match(decodeURIComponent(page.url()), /rate\(oriel_http_requests_total\[5m\]\)/);
      await page.goto(explore("logs", ['count_over_time({service_name=~".+"})'], { from: "now-6h" }));
      await page.getByTestId("run-mended").click();
      await page.getByTestId("frame-chart").waitFor();
      await page.goto(explore("traces", ["{ foo = 1 }"]));
      await page.getByTestId("run-mended").click();
      await page.getByText("No traces in this range").waitFor();
    },
  },
  {
    name: "data that fills a sliver of the range is zoomed to, and back",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["up"], { from: "now-12h" }));
      await page.getByTestId("metrics-chart").waitFor();
      await shoot("sliver-dark-1440");
      await page.getByTestId("zoom-to-data").click();
      await page.waitForURL(/from=\d{13}|from=\d{4}-/);
      await page.getByTestId("metrics-chart").waitFor();
      await page.getByTestId("zoom-to-data").waitFor({ state: "detached" });
      await page.goBack();
      await page.waitForURL(/from=now-12h/);
    },
  },
  {
    name: "the values under the pointer are told whole, however small the panel",
    run: async ({ page, shoot }) => {
      const at = (id, x) => ({ id, gridPos: { x, y: 0, w: 6, h: 4 }, type: "timeseries", title: `Small ${id}` });
      const target = {
        refId: "A",
        expr: 'topk(9, {__name__=~"oriel_.+_total"})',
        legendFormat: "{{__name__}} {{door}}",
      };
      const options = { legend: { showLegend: false }, tooltip: { mode: "multi" } };
      const panels = [at(1, 0), at(2, 18)].map((one) => ({ ...one, options, targets: [target] }));
      const dashboard = { uid: "small-charts", title: "Small charts", panels };
      await page.request.post("/api/dashboards/db", { data: { dashboard, overwrite: true } });
      await page.goto("/d/small-charts?from=now-15m&to=now");
      for (const place of [0, 1]) {
        const over = page.locator(".u-over").nth(place);
        await over.waitFor();
        const { x, y, width, height } = await over.boundingBox();
        await page.mouse.move(x + width / 2, y + height / 2);
        await page.mouse.move(x + width - 8, y + height / 2);
        const box = over.locator(":popover-open");
        await box.waitFor();
        const shown = await box.boundingBox();
        assert.ok(shown.height > height, `${shown.height} px of words over a plot of ${height}`);
        assert.ok(
          shown.x >= 0 && shown.x + shown.width <= 1440,
          `in the window: ${shown.x} to ${shown.x + shown.width}`,
        );
        if (place === 0) await shoot("small-chart-tooltip-dark-1440");
        await page.mouse.move(x + width / 2, y - 60);
        await box.waitFor({ state: "hidden" });
      }
    },
  },
  {
    name: "services have a colour each, the same on every page",
    run: async ({ page }) => {
      // Other journeys leave services behind: these are the ones that are looked at.
      const names = ["batcher", "checkout", "frontend", "inventory", "nginx", "payments", "worker"];
      await page.route("**/loki/api/v1/label/service_name/values*", (route) =>
        route.fulfill({ json: { status: "success", data: names } }),
      );
      await page.route("**/tempo/api/v2/search/tag/resource.service.name/values*", (route) =>
        route.fulfill({ json: { tagValues: names.map((value) => ({ type: "string", value })) } }),
      );
      await page.route("**/api/v1/label/job/values*", (route) =>
        route.fulfill({ json: { status: "success", data: ["node", "oriel"] } }),
      );
      await page.goto("/");
      await page.locator('[aria-label="Sources"] a').first().waitFor();
      await page.waitForFunction(() => (localStorage.getItem("oriel.services") ?? "[]").length > 2);
      const chips = () =>
        page
          .locator('[aria-label="Sources"] a')
          .evaluateAll((all) =>
            all.map((one) => [
              one.textContent?.trim() ?? "",
              getComputedStyle(one.querySelector("span") ?? one).backgroundColor,
            ]),
          );
      const colors = new Map(await chips());
      assert.ok(colors.size >= names.length && colors.size <= 12, JSON.stringify([...colors.keys()]));
      assert.equal(new Set(colors.values()).size, colors.size, JSON.stringify([...colors]));
      await page.goto(explore("traces", [""], { from: "now-6h" }));
      const item = page.getByTestId("traces-start").locator("button", { hasText: "frontend" });
      await item.waitFor();
      const dot = await item
        .locator("span")
        .first()
        .evaluate((one) => getComputedStyle(one).backgroundColor);
      assert.equal(dot, colors.get("frontend"));
    },
  },
  {
    name: "on a phone small numbers stand side by side, and what is one below the other does not overlap",
    size: { width: 390, height: 844 },
    run: async ({ page, shoot }) => {
      await page.goto("/d/oriel-self?from=now-30m");
      await page.getByTestId("grid").waitFor();
      await page.waitForTimeout(500);
      await shoot("dashboard-dark-390");
      const boxes = await page.getByTestId("grid").evaluate((grid) =>
        [...grid.children].map((one) => {
          const { left, top, right, bottom } = one.getBoundingClientRect();
          return { left, top, right, bottom };
        }),
      );
      assert.ok(boxes[0].top === boxes[1].top && boxes[0].right < boxes[1].left, "two numbers share a row");
      for (const [index, one] of boxes.entries())
        for (const other of boxes.slice(index + 1))
          assert.ok(
            one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top,
            `${JSON.stringify(one)} and ${JSON.stringify(other)} overlap`,
          );
      assert.ok(boxes.every((one) => one.right <= 390));
    },
  },
];
